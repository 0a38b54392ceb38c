// feed DEVICE WIDTH HEIGHT FOURCC FPS COUNT FILE...
// Writes files, one whole frame each and round-robin, to a v4l2loopback output. COUNT 0: until killed.
// Of the files only those are shown whose path has the text of the file $FEED_ONLY in it, if that is set; it is read before each
// frame, so that somebody may hold up something else.
// Into the file $FEED_LOG, if set, goes a line for each frame: nanoseconds (CLOCK_MONOTONIC) before and after its write.
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM_FRAME = 1 << 24 };

struct frame {
    unsigned char *bytes;
    size_t count;
};

static struct frame frame_of(const char *path) {
    struct frame frame = {malloc(MAXIMUM_FRAME), 0};
    FILE *file = fopen(path, "rb");
    if (!file || !frame.bytes) {
        perror(path);
        exit(1);
    }
    frame.count = fread(frame.bytes, 1, MAXIMUM_FRAME, file);
    fclose(file);
    return frame;
}

static long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The first file from `start` on, round-robin, that is to be shown; `start` where none is. */
static int next_of(char **paths, int files, int start) {
    char wanted[256] = "";
    const char *path = getenv("FEED_ONLY");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (file) {
        if (fscanf(file, "%255s", wanted) != 1) wanted[0] = 0;
        fclose(file);
    }
    for (int i = 0; i < files; i++) {
        if (strstr(paths[(start + i) % files], wanted)) return (start + i) % files;
    }
    return start % files;
}

int main(int count, char **words) {
    if (count < 8) {
        fprintf(stderr, "usage: feed DEVICE WIDTH HEIGHT FOURCC FPS COUNT FILE...\n");
        return 64;
    }
    int device = open(words[1], O_RDWR);
    if (device < 0) {
        perror(words[1]);
        return 1;
    }
    const char *code = words[4];
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    format.fmt.pix.width = atoi(words[2]);
    format.fmt.pix.height = atoi(words[3]);
    format.fmt.pix.pixelformat = v4l2_fourcc(code[0], code[1], code[2], code[3]);
    format.fmt.pix.field = V4L2_FIELD_NONE;
    format.fmt.pix.colorspace = V4L2_COLORSPACE_SRGB;
    format.fmt.pix.sizeimage = format.fmt.pix.width * format.fmt.pix.height * 3;
    if (ioctl(device, VIDIOC_S_FMT, &format)) {
        perror("VIDIOC_S_FMT");
        return 1;
    }
    // Frames are written, not queued; but v4l2loopback 0.12 sees that a writer has gone, and takes the
    // next one, only if the first had started streaming.
    int type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
    if (ioctl(device, VIDIOC_STREAMON, &type)) {
        perror("VIDIOC_STREAMON");
        return 1;
    }
    long period = 1000000000L / atoi(words[5]);
    int frames = atoi(words[6]), files = count - 7;
    struct frame *frame = calloc(files, sizeof *frame);
    for (int i = 0; i < files; i++) frame[i] = frame_of(words[7 + i]);

    const char *log_path = getenv("FEED_LOG");
    int log = log_path ? open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (int i = 0, next = 0; frames == 0 || i < frames; i++) {
        int shown = next_of(words + 7, files, next);
        next = shown + 1;
        long long before = nanoseconds();
        if (write(device, frame[shown].bytes, frame[shown].count) < 0) {
            perror("write");
            return 1;
        }
        if (log >= 0) dprintf(log, "%lld %lld\n", before, nanoseconds());
        due.tv_nsec += period;
        while (due.tv_nsec >= 1000000000L) {
            due.tv_nsec -= 1000000000L;
            due.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    return 0;
}
