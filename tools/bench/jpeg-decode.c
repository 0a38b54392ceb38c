// jpeg-decode THREADS TIMES FILE...   decodes each file TIMES times in full, as libjpeg-turbo does it: the peer of bench/decode.
//
// A file is in memory, a row of RGB at a time is written and forgotten, threads take files in turn. Prints milliseconds of wall
// clock and of all processors for an image.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include <jpeglib.h>

static struct {
  unsigned char *bytes;
  size_t count;
} *files;
static int file_count, total;
static atomic_int next;

static void *work(void *unused) {
  struct jpeg_error_mgr errors;
  struct jpeg_decompress_struct info;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  unsigned char *row = NULL;
  for (int i; (i = atomic_fetch_add(&next, 1)) < total;) {
    jpeg_mem_src(&info, files[i % file_count].bytes, files[i % file_count].count);
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_RGB;
    jpeg_start_decompress(&info);
    row = realloc(row, (size_t)info.output_width * 3);
    while (info.output_scanline < info.output_height) jpeg_read_scanlines(&info, &row, 1);
    jpeg_finish_decompress(&info);
  }
  free(row);
  jpeg_destroy_decompress(&info);
  return unused;
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec * 1e-6; }

int main(int count, char **words) {
  if (count < 4) return fputs("usage: jpeg-decode THREADS TIMES FILE...\n", stderr), 64;
  int threads = atoi(words[1]);
  file_count = count - 3;
  total = atoi(words[2]) * file_count;
  files = calloc((size_t)file_count, sizeof *files);
  for (int i = 0; i < file_count; i++) {
    FILE *file = fopen(words[3 + i], "rb");
    if (!file) return perror(words[3 + i]), 1;
    fseek(file, 0, SEEK_END);
    files[i].count = (size_t)ftell(file);
    rewind(file);
    files[i].bytes = malloc(files[i].count);
    if (fread(files[i].bytes, 1, files[i].count, file) != files[i].count) return perror(words[3 + i]), 1;
    fclose(file);
  }
  struct rusage before, after;
  struct timespec start, end;
  getrusage(RUSAGE_SELF, &before);
  clock_gettime(CLOCK_MONOTONIC, &start);
  pthread_t *pool = calloc((size_t)threads, sizeof *pool);
  for (int t = 0; t < threads; t++) pthread_create(&pool[t], NULL, work, NULL);
  for (int t = 0; t < threads; t++) pthread_join(pool[t], NULL);
  clock_gettime(CLOCK_MONOTONIC, &end);
  getrusage(RUSAGE_SELF, &after);
  double wall = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
  double processor = seconds(after.ru_utime) - seconds(before.ru_utime);
  printf("%.3f %.3f\n", 1e3 * wall / total, 1e3 * processor / total);
}
