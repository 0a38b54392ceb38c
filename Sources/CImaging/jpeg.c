// libjpeg behind status codes. Its errors leave by longjmp, which must not cross a Swift frame: every
// entry point sets its own jmp_buf, and no C local that changes after it is read afterwards.
#include "cimaging.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jpeg_memory.h"
#include "jpeg_spare.h"

#include <jerror.h>

// A progressive file may hold any number of scans, each a pass over the whole image: a few
// kilobytes can cost minutes. Real encoders write about ten.
enum { MAX_SCANS = 200, KEPT_WARNINGS = 4 };

// Pixels decoded on either side of those that are wanted: the widest unit that components share.
enum { NEIGHBOURS = 32 };

struct ci_jpeg {
  ci_arena arena;  // first: client_data points at it too
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  ci_jpeg_status failure;
  int hit_end;       // libjpeg asked for more bytes than the file has
  int missing_data;  // entropy-coded data were missing, so part of the image is
  ci_jpeg_findings findings;
  const uint8_t *data;  // behind the headers
  size_t data_count;
  ci_scan scan;
  int warning_count;
  int kept_count;
  int kept_codes[KEPT_WARNINGS];
  char kept[KEPT_WARNINGS][JMSG_LENGTH_MAX];
  char message[JMSG_LENGTH_MAX];
  uint8_t *cmyk;  // one row, from libjpeg's pool for the image
};

static ci_jpeg *owner(j_common_ptr info) { return (ci_jpeg *)info->client_data; }

_Noreturn static void give_up(ci_jpeg *jpeg, ci_jpeg_status status) {
  jpeg->failure = status;
  longjmp(jpeg->escape, 1);
}

_Noreturn static void on_error(j_common_ptr info) {
  ci_jpeg *jpeg = owner(info);
  info->err->format_message(info, jpeg->message);
  switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
      give_up(jpeg, CI_JPEG_NO_MEMORY);
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
    case JERR_COMPONENT_COUNT:
      give_up(jpeg, CI_JPEG_UNSUPPORTED);
    default:
      // Once the end was passed, what libjpeg stumbles over is the end marker we made up.
      give_up(jpeg, jpeg->hit_end ? CI_JPEG_TRUNCATED : CI_JPEG_CORRUPT);
  }
}

// Whether the row of blocks that is being decoded is the image's last one. Of several scans none is: each lacks something else.
static int is_in_last_row(j_decompress_ptr info) {
  return !jpeg_has_multiple_scans(info) && info->input_iMCU_row + 1 >= info->total_iMCU_rows;
}

// Sorts a warning by its code and parameters; what libjpeg does after each is its source's word (2.1).
static void note_finding(ci_jpeg *jpeg, j_decompress_ptr info) {
  ci_jpeg_findings *findings = &jpeg->findings;
  const int *parameters = info->err->msg_parm.i;
  switch (info->err->msg_code) {
    case JWRN_JFIF_MAJOR:      // read all the same
    case JWRN_ADOBE_XFORM:     // taken for the usual colours
    case JWRN_NOT_SEQUENTIAL:  // a baseline scan needs none of these parameters
      findings->header_oddities++;
      return;
    case JWRN_EXTRANEOUS_DATA:  // passed over: so many bytes before that marker
      if (info->input_scan_number == 0)
        findings->spare_in_headers += parameters[0];
      else if (parameters[1] >= JPEG_RST0 && parameters[1] < JPEG_RST0 + 8)
        findings->spare_at_restarts += parameters[0];
      else
        findings->spare_at_end += parameters[0];
      return;
    case JWRN_JPEG_EOF:
      findings->lacks_end = 1;
      return;
    case JWRN_HIT_MARKER:  // what is missing becomes grey
      jpeg->missing_data = 1;
      if (!jpeg->hit_end)
        findings->lacks_data = 1;
      else if (!is_in_last_row(info))
        findings->lacks_rows = 1;
      return;
    case JWRN_MUST_RESYNC:  // guesses which restart it is; at the end marker that we made up there is none to guess
      if (!jpeg->hit_end) findings->lacks_restart = 1;
      return;
    default:  // codes that cannot be, progression that makes no sense, and whatever later versions know
      findings->bad_codes++;
  }
}

static void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;  // traces
  ci_jpeg *jpeg = owner(info);
  info->err->num_warnings++;
  jpeg->warning_count++;
  const int code = info->err->msg_code;
  note_finding(jpeg, (j_decompress_ptr)info);
  for (int i = 0; i < jpeg->kept_count; i++)
    if (jpeg->kept_codes[i] == code) return;
  if (jpeg->kept_count == KEPT_WARNINGS) return;
  jpeg->kept_codes[jpeg->kept_count] = code;
  info->err->format_message(info, jpeg->kept[jpeg->kept_count++]);
}

static void on_output(j_common_ptr info) { (void)info; }

static void source_nothing(j_decompress_ptr info) { (void)info; }

static boolean source_fill(j_decompress_ptr info) {
  static const JOCTET end_marker[] = {0xFF, JPEG_EOI};
  owner((j_common_ptr)info)->hit_end = 1;
  WARNMS(info, JWRN_JPEG_EOF);
  info->src->next_input_byte = end_marker;
  info->src->bytes_in_buffer = sizeof end_marker;
  return TRUE;
}

static void source_skip(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  if (count <= 0) return;
  if ((size_t)count > source->bytes_in_buffer) {
    source_fill(info);
    return;
  }
  source->next_input_byte += count;
  source->bytes_in_buffer -= (size_t)count;
}

static void on_progress(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (((j_decompress_ptr)info)->input_scan_number <= MAX_SCANS) return;
  ci_jpeg *jpeg = owner(info);
  snprintf(jpeg->message, sizeof jpeg->message, "more than %d scans", MAX_SCANS);
  give_up(jpeg, CI_JPEG_CORRUPT);
}

// A decompressor keeps an image's tables for the next one, which may lack its own: as a file of its own it would have the standard
// Huffman tables, and without quantisation tables be no image.
static void forget_tables(ci_jpeg *jpeg) {
  for (int i = 0; i < NUM_QUANT_TBLS; i++) jpeg->info.quant_tbl_ptrs[i] = NULL;
  for (int i = 0; i < NUM_HUFF_TBLS; i++) jpeg->info.dc_huff_tbl_ptrs[i] = jpeg->info.ac_huff_tbl_ptrs[i] = NULL;
  jpeg->arena.table_count = 0;
}

ci_jpeg *ci_jpeg_create(void) {
  ci_jpeg *jpeg = calloc(1, sizeof *jpeg);
  if (!jpeg) return NULL;
  jpeg->info.err = jpeg_std_error(&jpeg->errors);
  jpeg->errors.error_exit = on_error;
  jpeg->errors.emit_message = on_message;
  jpeg->errors.output_message = on_output;
  jpeg->info.client_data = jpeg;
  if (setjmp(jpeg->escape)) {
    ci_jpeg_destroy(jpeg);
    return NULL;
  }
  jpeg_create_decompress(&jpeg->info);
  ci_arena_install(&jpeg->arena, (j_common_ptr)&jpeg->info);
  jpeg->source.init_source = source_nothing;
  jpeg->source.fill_input_buffer = source_fill;
  jpeg->source.skip_input_data = source_skip;
  jpeg->source.resync_to_restart = jpeg_resync_to_restart;
  jpeg->source.term_source = source_nothing;
  jpeg->info.src = &jpeg->source;
  jpeg->progress.progress_monitor = on_progress;
  jpeg->info.progress = &jpeg->progress;
  return jpeg;
}

void ci_jpeg_destroy(ci_jpeg *jpeg) {
  jpeg_destroy_decompress(&jpeg->info);
  free(jpeg);
}

static ci_jpeg_status failed(ci_jpeg *jpeg) {
  jpeg_abort_decompress(&jpeg->info);
  return jpeg->failure;
}

ci_jpeg_status ci_jpeg_open(
    ci_jpeg *jpeg, const uint8_t *bytes, size_t count, int32_t *width, int32_t *height) {
  if (setjmp(jpeg->escape)) return failed(jpeg);
  jpeg_abort_decompress(&jpeg->info);
  forget_tables(jpeg);
  jpeg->errors.num_warnings = 0;
  jpeg->hit_end = jpeg->missing_data = jpeg->warning_count = jpeg->kept_count = 0;
  jpeg->findings = (ci_jpeg_findings){0};
  jpeg->message[0] = 0;
  jpeg->source.next_input_byte = bytes;
  jpeg->source.bytes_in_buffer = count;
  jpeg_read_header(&jpeg->info, TRUE);
  const int components = jpeg->info.num_components;
  if (components != 1 && components != 3 && components != 4) {
    snprintf(jpeg->message, sizeof jpeg->message, "%d colour components", components);
    give_up(jpeg, CI_JPEG_UNSUPPORTED);
  }
  jpeg->data = jpeg->source.next_input_byte;
  jpeg->data_count = jpeg->source.bytes_in_buffer;
  jpeg->scan = (ci_scan){0};
  *width = (int32_t)jpeg->info.image_width;
  *height = (int32_t)jpeg->info.image_height;
  return CI_JPEG_OK;
}

ci_jpeg_status ci_jpeg_set_scale(
    ci_jpeg *jpeg, int32_t eighths, int32_t *width, int32_t *height) {
  if (setjmp(jpeg->escape)) return failed(jpeg);
  jpeg->info.scale_num = (unsigned)eighths;
  jpeg->info.scale_denom = 8;
  // YCCK becomes CMYK in libjpeg, CMYK becomes RGB below.
  jpeg->info.out_color_space = jpeg->info.num_components == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_calc_output_dimensions(&jpeg->info);
  *width = (int32_t)jpeg->info.output_width;
  *height = (int32_t)jpeg->info.output_height;
  return CI_JPEG_OK;
}

// Adobe's files hold 255 minus the ink, and so does everybody's: what is stored is 255 - C. Pillow's
// arithmetic: with k = 255 - K, red = k - C k / 255, rounded.
static void rgb_from_inverted_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t pixels) {
  for (size_t i = 0; i < pixels; i++, cmyk += 4, rgb += 3) {
    const uint32_t k = cmyk[3];
    for (int c = 0; c < 3; c++) {
      const uint32_t product = (255u - cmyk[c]) * k + 128;
      rgb[c] = (uint8_t)(k - ((product + (product >> 8)) >> 8));
    }
  }
}

// Whether a progressive file ended before its last scans: then some coefficient lacks bits or all of it.
static int lacks_scans(const struct jpeg_decompress_struct *info) {
  if (!info->progressive_mode || !info->coef_bits) return 0;
  for (int c = 0; c < info->num_components; c++)
    for (int k = 0; k < DCTSIZE2; k++)
      if (info->coef_bits[c][k] != 0) return 1;
  return 0;
}

ci_jpeg_status ci_jpeg_start(ci_jpeg *jpeg, int32_t *first, int32_t *columns) {
  struct jpeg_decompress_struct *info = &jpeg->info;
  if (setjmp(jpeg->escape)) return failed(jpeg);
  jpeg_start_decompress(info);
  jpeg->scan = ci_scan_of(info, jpeg->data, jpeg->data_count);
  // Chroma is interpolated between neighbours, which libjpeg does not know past what it is told to decode.
  JDIMENSION from = *first > NEIGHBOURS ? (JDIMENSION)(*first - NEIGHBOURS) : 0;
  JDIMENSION to = (JDIMENSION)(*first + *columns) + NEIGHBOURS;
  if (to > info->output_width) to = info->output_width;
  JDIMENSION count = to - from;
  // It also begins with a whole block.
  if (count < info->output_width) jpeg_crop_scanline(info, &from, &count);
  *first = (int32_t)from;
  *columns = (int32_t)count;
  if (info->out_color_space == JCS_CMYK)
    jpeg->cmyk = info->mem->alloc_large((j_common_ptr)info, JPOOL_IMAGE, (size_t)count * 4);
  return CI_JPEG_OK;
}

ci_jpeg_status ci_jpeg_read(ci_jpeg *jpeg, uint8_t *rgb, int32_t rows) {
  struct jpeg_decompress_struct *info = &jpeg->info;
  if (setjmp(jpeg->escape)) return failed(jpeg);
  const JDIMENSION first = info->output_scanline;
  const int is_cmyk = info->out_color_space == JCS_CMYK;
  while (info->output_scanline < first + (JDIMENSION)rows) {
    uint8_t *row = rgb + (size_t)(info->output_scanline - first) * info->output_width * 3;
    JSAMPROW target = is_cmyk ? jpeg->cmyk : row;
    jpeg_read_scanlines(info, &target, 1);
    if (is_cmyk) rgb_from_inverted_cmyk(jpeg->cmyk, row, info->output_width);
    // A short file may claim to be large: the rest would be grey.
    if (jpeg->findings.lacks_rows) give_up(jpeg, CI_JPEG_TRUNCATED);
  }
  return CI_JPEG_OK;
}

ci_jpeg_status ci_jpeg_finish(ci_jpeg *jpeg) {
  if (setjmp(jpeg->escape)) return failed(jpeg);
  if (lacks_scans(&jpeg->info)) jpeg->missing_data = jpeg->findings.lacks_rows = 1;
  jpeg_finish_decompress(&jpeg->info);
  // A missing end marker is worth a warning, missing pixels are not an image.
  return jpeg->hit_end && jpeg->missing_data ? CI_JPEG_TRUNCATED : CI_JPEG_OK;
}

const char *ci_jpeg_message(const ci_jpeg *jpeg) { return jpeg->message; }

int32_t ci_jpeg_warning_count(const ci_jpeg *jpeg) { return jpeg->warning_count; }

void ci_jpeg_check_codes(ci_jpeg *jpeg) {
  if (ci_scan_is_out_of_step(&jpeg->scan, jpeg->hit_end)) jpeg->findings.bad_codes++;
}

ci_jpeg_findings ci_jpeg_found(const ci_jpeg *jpeg) { return jpeg->findings; }

const char *ci_jpeg_warning(const ci_jpeg *jpeg, int32_t index) {
  return index >= 0 && index < jpeg->kept_count ? jpeg->kept[index] : NULL;
}
