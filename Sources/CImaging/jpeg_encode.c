// libjpeg's compressor behind a status code; as in jpeg.c, its errors stay in here.
#include "cimaging.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

struct compressor {
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  char *message;
  struct jpeg_destination_mgr destination;
  JOCTET *bytes;
  size_t capacity;
};

_Noreturn static void on_error(j_common_ptr info) {
  struct compressor *compressor = info->client_data;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(compressor->message, CI_JPEG_MESSAGE, "%s", text);
  longjmp(compressor->escape, 1);
}

static void on_output(j_common_ptr info) { (void)info; }

// libjpeg's own destination in memory forgets its buffer when an error ends the file, hence this one.
static void start_output(j_compress_ptr info) {
  struct compressor *compressor = info->client_data;
  compressor->capacity = (size_t)info->image_width * info->image_height / 4 + 4096;
  compressor->bytes = malloc(compressor->capacity);
  if (!compressor->bytes) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  info->dest->next_output_byte = compressor->bytes;
  info->dest->free_in_buffer = compressor->capacity;
}

// Called when the buffer is full, whatever free_in_buffer says.
static boolean grow_output(j_compress_ptr info) {
  struct compressor *compressor = info->client_data;
  JOCTET *larger = realloc(compressor->bytes, compressor->capacity * 2);
  if (!larger) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  compressor->bytes = larger;
  info->dest->next_output_byte = larger + compressor->capacity;
  info->dest->free_in_buffer = compressor->capacity;
  compressor->capacity *= 2;
  return TRUE;
}

static void end_output(j_compress_ptr info) { (void)info; }

ci_jpeg_status ci_jpeg_encode(
    const uint8_t *rgb, int32_t width, int32_t height, int32_t quality, uint8_t **bytes,
    size_t *count, char *message) {
  // On the heap, so that nothing of it is in a register when longjmp comes.
  struct compressor *compressor = calloc(1, sizeof *compressor);
  if (!compressor) return CI_JPEG_NO_MEMORY;
  struct jpeg_compress_struct *info = &compressor->info;
  compressor->message = message;
  info->err = jpeg_std_error(&compressor->errors);
  compressor->errors.error_exit = on_error;
  compressor->errors.output_message = on_output;
  info->client_data = compressor;
  if (setjmp(compressor->escape)) {
    const ci_jpeg_status status =
        compressor->errors.msg_code == JERR_OUT_OF_MEMORY ? CI_JPEG_NO_MEMORY : CI_JPEG_CORRUPT;
    jpeg_destroy_compress(&compressor->info);
    free(compressor->bytes);
    free(compressor);
    return status;
  }
  jpeg_create_compress(info);
  compressor->destination.init_destination = start_output;
  compressor->destination.empty_output_buffer = grow_output;
  compressor->destination.term_destination = end_output;
  info->dest = &compressor->destination;
  info->image_width = (JDIMENSION)width;
  info->image_height = (JDIMENSION)height;
  info->input_components = 3;
  info->in_color_space = JCS_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  jpeg_start_compress(info, TRUE);
  while (info->next_scanline < info->image_height) {
    // libjpeg does not write to it, only its type says so.
    JSAMPROW row = (JSAMPROW)(rgb + (size_t)info->next_scanline * (size_t)width * 3);
    jpeg_write_scanlines(info, &row, 1);
  }
  jpeg_finish_compress(info);
  *bytes = compressor->bytes;
  *count = compressor->capacity - compressor->destination.free_in_buffer;
  jpeg_destroy_compress(info);
  free(compressor);
  return CI_JPEG_OK;
}

void ci_jpeg_free(uint8_t *bytes) { free(bytes); }
