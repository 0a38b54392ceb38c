#include "cv4l2.h"

#include <errno.h>
#include <libv4lconvert.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/ioctl.h>

static int call(int descriptor, unsigned long request, void *argument) {
    int result;
    do {
        result = ioctl(descriptor, request, argument);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

static uint32_t stream_type(bool multiplanar) {
    return multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

static void copy_text(char *to, size_t size, const uint8_t *from, size_t count) {
    size_t n = strnlen((const char *)from, count < size - 1 ? count : size - 1);
    memcpy(to, from, n);
    to[n] = 0;
}

int cv_describe_device(int descriptor, cv_device_info *info) {
    struct v4l2_capability capability = {0};
    int error = call(descriptor, VIDIOC_QUERYCAP, &capability);
    if (error) return error;
    uint32_t able = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                                   : capability.capabilities;
    bool single = able & V4L2_CAP_VIDEO_CAPTURE, multi = able & V4L2_CAP_VIDEO_CAPTURE_MPLANE;
    *info = (cv_device_info){
        .captures = (single || multi) && (able & V4L2_CAP_STREAMING),
        .multiplanar = multi && !single,
    };
    copy_text(info->driver, sizeof info->driver, capability.driver, sizeof capability.driver);
    copy_text(info->card, sizeof info->card, capability.card, sizeof capability.card);
    copy_text(info->bus, sizeof info->bus, capability.bus_info, sizeof capability.bus_info);
    return 0;
}

int cv_pixel_format_at(int descriptor, bool multiplanar, uint32_t index, cv_pixel_format *format) {
    struct v4l2_fmtdesc answer = {.index = index, .type = stream_type(multiplanar)};
    int error = call(descriptor, VIDIOC_ENUM_FMT, &answer);
    if (error) return error;
    *format = (cv_pixel_format){.code = answer.pixelformat};
    return 0;
}

int cv_frame_sizes_at(int descriptor, uint32_t code, uint32_t index, cv_frame_sizes *sizes) {
    struct v4l2_frmsizeenum answer = {.index = index, .pixel_format = code};
    int error = call(descriptor, VIDIOC_ENUM_FRAMESIZES, &answer);
    if (error) return error;
    if (answer.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
        uint32_t width = answer.discrete.width, height = answer.discrete.height;
        *sizes = (cv_frame_sizes){width, width, 1, height, height, 1};
    } else if (index == 0) {
        *sizes = (cv_frame_sizes){
            answer.stepwise.min_width,  answer.stepwise.max_width,  answer.stepwise.step_width,
            answer.stepwise.min_height, answer.stepwise.max_height, answer.stepwise.step_height,
        };
    } else {
        return EINVAL;
    }
    return 0;
}

int cv_interval_at(int descriptor, uint32_t code, uint32_t width, uint32_t height, uint32_t index,
                   cv_interval *shortest) {
    struct v4l2_frmivalenum answer = {
        .index = index, .pixel_format = code, .width = width, .height = height};
    int error = call(descriptor, VIDIOC_ENUM_FRAMEINTERVALS, &answer);
    if (error) return error;
    if (answer.type != V4L2_FRMIVAL_TYPE_DISCRETE && index > 0) return EINVAL;
    struct v4l2_fract interval =
        answer.type == V4L2_FRMIVAL_TYPE_DISCRETE ? answer.discrete : answer.stepwise.min;
    *shortest = (cv_interval){interval.numerator, interval.denominator};
    return 0;
}

static void describe_colour(cv_format *format, uint32_t space, uint32_t encoding, uint32_t range) {
    if (space == V4L2_COLORSPACE_DEFAULT) space = V4L2_COLORSPACE_SRGB;
    if (encoding == V4L2_YCBCR_ENC_DEFAULT) encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(space);
    if (range == V4L2_QUANTIZATION_DEFAULT) {
        range = V4L2_MAP_QUANTIZATION_DEFAULT(false, space, encoding);
    }
    format->full_range = range == V4L2_QUANTIZATION_FULL_RANGE;
    switch (encoding) {
    case V4L2_YCBCR_ENC_709:
    case V4L2_YCBCR_ENC_XV709: format->matrix = CV_BT709; break;
    // Constant luminance is no matrix; no camera is known to send it.
    case V4L2_YCBCR_ENC_BT2020:
    case V4L2_YCBCR_ENC_BT2020_CONST_LUM: format->matrix = CV_BT2020; break;
    case V4L2_YCBCR_ENC_SMPTE240M: format->matrix = CV_SMPTE240M; break;
    default: format->matrix = CV_BT601;
    }
}

static void read_format(bool multiplanar, const struct v4l2_format *from, cv_format *format) {
    if (multiplanar) {
        const struct v4l2_pix_format_mplane *pixels = &from->fmt.pix_mp;
        *format = (cv_format){
            .code = pixels->pixelformat, .width = pixels->width, .height = pixels->height,
            .bytes_per_line = pixels->plane_fmt[0].bytesperline,
            .image_bytes = pixels->plane_fmt[0].sizeimage, .planes = pixels->num_planes,
        };
        describe_colour(format, pixels->colorspace, pixels->ycbcr_enc, pixels->quantization);
    } else {
        const struct v4l2_pix_format *pixels = &from->fmt.pix;
        *format = (cv_format){
            .code = pixels->pixelformat, .width = pixels->width, .height = pixels->height,
            .bytes_per_line = pixels->bytesperline, .image_bytes = pixels->sizeimage, .planes = 1,
        };
        // Older drivers do not know the colour fields and leave them unset.
        bool known = pixels->priv == V4L2_PIX_FMT_PRIV_MAGIC;
        describe_colour(format, pixels->colorspace, known ? pixels->ycbcr_enc : 0,
                        known ? pixels->quantization : 0);
    }
}

int cv_get_format(int descriptor, bool multiplanar, cv_format *format) {
    struct v4l2_format now = {.type = stream_type(multiplanar)};
    if (!multiplanar) now.fmt.pix.priv = V4L2_PIX_FMT_PRIV_MAGIC;
    int error = call(descriptor, VIDIOC_G_FMT, &now);
    if (!error) read_format(multiplanar, &now, format);
    return error;
}

int cv_set_format(int descriptor, bool multiplanar, cv_format *format) {
    struct v4l2_format wanted = {.type = stream_type(multiplanar)};
    if (multiplanar) {
        wanted.fmt.pix_mp.pixelformat = format->code;
        wanted.fmt.pix_mp.width = format->width;
        wanted.fmt.pix_mp.height = format->height;
        wanted.fmt.pix_mp.field = V4L2_FIELD_ANY;
    } else {
        wanted.fmt.pix.pixelformat = format->code;
        wanted.fmt.pix.width = format->width;
        wanted.fmt.pix.height = format->height;
        wanted.fmt.pix.field = V4L2_FIELD_ANY;
        wanted.fmt.pix.priv = V4L2_PIX_FMT_PRIV_MAGIC;
    }
    int error = call(descriptor, VIDIOC_S_FMT, &wanted);
    if (!error) read_format(multiplanar, &wanted, format);
    return error;
}

int cv_set_interval(int descriptor, bool multiplanar, cv_interval *interval) {
    struct v4l2_streamparm parameters = {.type = stream_type(multiplanar)};
    struct v4l2_captureparm *capture = &parameters.parm.capture;
    int error = call(descriptor, VIDIOC_G_PARM, &parameters);
    if (error) return error;
    if (interval->denominator != 0 && (capture->capability & V4L2_CAP_TIMEPERFRAME)) {
        capture->timeperframe.numerator = interval->numerator;
        capture->timeperframe.denominator = interval->denominator;
        error = call(descriptor, VIDIOC_S_PARM, &parameters);
        if (error) return error;
    }
    *interval =
        (cv_interval){capture->timeperframe.numerator, capture->timeperframe.denominator};
    return 0;
}

int cv_request_buffers(int descriptor, bool multiplanar, uint32_t *count) {
    struct v4l2_requestbuffers request = {
        .count = *count, .type = stream_type(multiplanar), .memory = V4L2_MEMORY_MMAP};
    int error = call(descriptor, VIDIOC_REQBUFS, &request);
    if (!error) *count = request.count;
    return error;
}

// One call on one buffer; a multiplanar format has one plane (others are refused earlier).
static int call_buffer(int descriptor, unsigned long request, bool multiplanar,
                       struct v4l2_buffer *buffer, struct v4l2_plane *plane) {
    buffer->type = stream_type(multiplanar);
    buffer->memory = V4L2_MEMORY_MMAP;
    if (multiplanar) {
        buffer->m.planes = plane;
        buffer->length = 1;
    }
    return call(descriptor, request, buffer);
}

int cv_locate_buffer(int descriptor, bool multiplanar, uint32_t index, uint32_t *length,
                     uint32_t *offset) {
    struct v4l2_plane plane = {0};
    struct v4l2_buffer buffer = {.index = index};
    int error = call_buffer(descriptor, VIDIOC_QUERYBUF, multiplanar, &buffer, &plane);
    if (error) return error;
    *length = multiplanar ? plane.length : buffer.length;
    *offset = multiplanar ? plane.m.mem_offset : buffer.m.offset;
    return 0;
}

int cv_queue_buffer(int descriptor, bool multiplanar, uint32_t index) {
    struct v4l2_plane plane = {0};
    struct v4l2_buffer buffer = {.index = index};
    return call_buffer(descriptor, VIDIOC_QBUF, multiplanar, &buffer, &plane);
}

int cv_dequeue_buffer(int descriptor, bool multiplanar, cv_buffer *result) {
    struct v4l2_plane plane = {0};
    struct v4l2_buffer buffer = {0};
    int error = call_buffer(descriptor, VIDIOC_DQBUF, multiplanar, &buffer, &plane);
    if (error) return error;
    *result = (cv_buffer){
        .index = buffer.index,
        .sequence = buffer.sequence,
        .bytes_used = multiplanar ? plane.bytesused : buffer.bytesused,
        .data_offset = multiplanar ? plane.data_offset : 0,
        .error = buffer.flags & V4L2_BUF_FLAG_ERROR,
        .monotonic =
            (buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
        .seconds = buffer.timestamp.tv_sec,
        .microseconds = buffer.timestamp.tv_usec,
    };
    return 0;
}

int cv_start_stream(int descriptor, bool multiplanar) {
    int type = stream_type(multiplanar);
    return call(descriptor, VIDIOC_STREAMON, &type);
}

int cv_stop_stream(int descriptor, bool multiplanar) {
    int type = stream_type(multiplanar);
    return call(descriptor, VIDIOC_STREAMOFF, &type);
}

int cv_subscribe_source_changes(int descriptor) {
    struct v4l2_event_subscription subscription = {.type = V4L2_EVENT_SOURCE_CHANGE};
    return call(descriptor, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

int cv_take_event(int descriptor) {
    struct v4l2_event event = {0};
    return call(descriptor, VIDIOC_DQEVENT, &event);
}

cv_converter *cv_make_converter(int descriptor) {
    return (cv_converter *)v4lconvert_create(descriptor);
}

void cv_free_converter(cv_converter *converter) {
    v4lconvert_destroy((struct v4lconvert_data *)converter);
}

static struct v4l2_format single_plane(uint32_t code, uint32_t width, uint32_t height,
                                       uint32_t bytes_per_line, uint32_t image_bytes) {
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    format.fmt.pix.pixelformat = code;
    format.fmt.pix.width = width;
    format.fmt.pix.height = height;
    format.fmt.pix.bytesperline = bytes_per_line;
    format.fmt.pix.sizeimage = image_bytes;
    format.fmt.pix.field = V4L2_FIELD_NONE;
    return format;
}

int cv_convert(cv_converter *converter, const cv_format *format, const uint8_t *frame, size_t count,
               uint8_t *rgb, size_t capacity) {
    uint32_t width = format->width, height = format->height;
    struct v4l2_format from =
        single_plane(format->code, width, height, format->bytes_per_line, format->image_bytes);
    struct v4l2_format to =
        single_plane(V4L2_PIX_FMT_RGB24, width, height, width * 3, width * height * 3);
    if (capacity < (size_t)width * height * 3) return EINVAL;
    int written = v4lconvert_convert((struct v4lconvert_data *)converter, &from, &to,
                                     (unsigned char *)frame, (int)count, rgb, (int)capacity);
    return written == (int)(width * height * 3) ? 0 : EINVAL;
}
