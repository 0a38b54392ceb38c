// What `Imaging` needs of C: libjpeg behind plain status codes (its setjmp and longjmp stay in
// jpeg.c), the two passes of the resampler and the camera's pixel formats for each instruction set.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// MARK: JPEG

typedef enum __attribute__((enum_extensibility(closed))) ci_jpeg_status : int32_t {
  CI_JPEG_OK __attribute__((swift_name("ok"))) = 0,
  CI_JPEG_TRUNCATED __attribute__((swift_name("truncated"))),    // the file ends before its image does
  CI_JPEG_CORRUPT __attribute__((swift_name("corrupt"))),      // ci_jpeg_message says what libjpeg found
  CI_JPEG_UNSUPPORTED __attribute__((swift_name("unsupported"))),  // a JPEG of a kind that libjpeg or we do not read; ci_jpeg_message says which
  CI_JPEG_NO_MEMORY __attribute__((swift_name("noMemory"))),
} ci_jpeg_status;

/// A libjpeg decompressor. One for many images, one thread at a time.
typedef struct ci_jpeg ci_jpeg;

/// NULL when there is no memory.
ci_jpeg *_Nullable ci_jpeg_create(void);
void ci_jpeg_destroy(ci_jpeg *jpeg);

/// Reads up to the first scan. `bytes` must stay valid until the image has been decoded.
ci_jpeg_status ci_jpeg_open(
    ci_jpeg *jpeg, const uint8_t *bytes, size_t count, int32_t *width, int32_t *height);

/// Chooses the scale of the inverse DCT, eighths/8 with eighths in 1...8 (8: the whole image, exact),
/// and gives the size in pixels that will be decoded to.
ci_jpeg_status ci_jpeg_set_scale(
    ci_jpeg *jpeg, int32_t eighths, int32_t *width, int32_t *height);

/// Begins to decode. Of each row at least the pixels [*first, *first + *columns) are wanted, which become what
/// ci_jpeg_read will write; the pixels that were wanted are those of a full decode.
ci_jpeg_status ci_jpeg_start(ci_jpeg *jpeg, int32_t *first, int32_t *columns);

/// Writes the next `rows` rows, [rows, columns, 3] RGB bytes; there must be so many.
ci_jpeg_status ci_jpeg_read(ci_jpeg *jpeg, uint8_t *rgb, int32_t rows);

/// Ends an image whose rows have all been read. CI_JPEG_TRUNCATED if any pixel was missing; only of the last row of blocks unless
/// `lacks_rows` is found.
ci_jpeg_status ci_jpeg_finish(ci_jpeg *jpeg);

/// The error that ended the last call; empty when there was none. Valid until the next call.
const char *ci_jpeg_message(const ci_jpeg *jpeg);

/// What libjpeg complained of in the image last opened, without giving up on it.
int32_t ci_jpeg_warning_count(const ci_jpeg *jpeg);
/// The same sorted by what it means for the pixels.
typedef struct ci_jpeg_findings {
  int32_t header_oddities;    // an unknown JFIF revision or Adobe transform, parameters of a scan: no pixel depends on them
  int32_t spare_in_headers;   // bytes between segments, before the image's data
  int32_t spare_at_restarts;  // bytes of image data more than needed, before restart markers
  int32_t spare_at_end;       // the same after the last block
  int32_t bad_codes;          // no image data can be so; more are found by ci_jpeg_check_codes
  uint8_t lacks_end;          // there is no end marker
  uint8_t lacks_rows;         // there is none, and the last row of blocks is not begun
  uint8_t lacks_data;         // image data are missing before a marker that is there
  uint8_t lacks_restart;      // a restart marker is missing or another one
} ci_jpeg_findings;
ci_jpeg_findings ci_jpeg_found(const ci_jpeg *jpeg);
/// Goes once more through the image data just finished, for codes that were read out of step: libjpeg says little of them, and
/// nothing of blocks that it has left over. Without effect where restart markers bound the damage, and on kinds that cameras do
/// not send. The bytes of the image must still be there.
void ci_jpeg_check_codes(ci_jpeg *jpeg);
/// The first few different ones, `index` from 0; NULL past the last.
const char *_Nullable ci_jpeg_warning(const ci_jpeg *jpeg, int32_t index);

enum { CI_JPEG_MESSAGE = 200 };

/// Compresses [height, width, 3] RGB bytes; `quality` in 1...100. `bytes` is for ci_jpeg_free. What libjpeg found is in
/// `message`, CI_JPEG_MESSAGE bytes, when it is CI_JPEG_CORRUPT.
ci_jpeg_status ci_jpeg_encode(
    const uint8_t *rgb, int32_t width, int32_t height, int32_t quality,
    uint8_t *_Nullable *_Nonnull bytes, size_t *count, char *message);
void ci_jpeg_free(uint8_t *_Nullable bytes);

// MARK: Resampling

/// The weights of one direction: output i = sum over t < count[i] of weight[i, t] * input[first[i] + t],
/// plus one half, over 2^22, rounded down, clamped to 0...255. Pillow's ImagingResample in integers.
typedef struct ci_taps {
  int32_t outputs;
  int32_t stride;         // a multiple of 8, at least the largest count
  const int32_t *first;   // [outputs]
  const int32_t *count;   // [outputs]
  const int32_t *weight;  // [outputs, stride], zero from count on
  // The same in halves that 16-bit products can take: weight = high * 2^15 + low, 0 <= low < 2^15.
  const int16_t *high;
  const int16_t *low;
} ci_taps;

// MARK: Camera frames

typedef enum __attribute__((enum_extensibility(closed))) ci_layout : int32_t {
  CI_YUYV __attribute__((swift_name("yuyv"))),  // 4:2:2, Y Cb Y Cr
  CI_UYVY __attribute__((swift_name("uyvy"))),  // 4:2:2, Cb Y Cr Y
  CI_NV12 __attribute__((swift_name("nv12"))),  // 4:2:0, rows of Y, then rows of Cb Cr
  CI_I420 __attribute__((swift_name("i420"))),  // 4:2:0, rows of Y, of Cb, of Cr
} ci_layout;

/// 8-bit YCbCr to RGB in units of 1/2^13, each product within 32 bits:
///   red   = luma * (Y - black)                                      + red_cr * (Cr - 128)
///   green = luma * (Y - black) + green_cb * (Cb - 128) + green_cr * (Cr - 128)
///   blue  = luma * (Y - black) + blue_cb * (Cb - 128)
/// plus one half, rounded down, clamped to 0...255. Chroma samples serve two pixels as they are.
typedef struct ci_matrix {
  int16_t black, luma, red_cr, green_cb, green_cr, blue_cb;
} ci_matrix;

// MARK: Kernels

/// The kernels of one instruction set. All tables give the same bytes.
typedef struct ci_kernels {
  /// Of the instruction set.
  const char *name;
  /// Along rows of RGB pixels. `readable`: bytes that may be read from `source` on. Each target row
  /// needs one byte more than its outputs * 3, which is overwritten with anything.
  void (*horizontal)(
      const uint8_t *source, size_t source_stride, size_t readable, int32_t rows,
      const ci_taps *taps, uint8_t *target, size_t target_stride);
  /// Along columns; `bytes` in a row, `taps` in rows.
  void (*vertical)(
      const uint8_t *source, size_t source_stride, int32_t bytes, const ci_taps *taps,
      uint8_t *target, size_t target_stride);
  /// A camera frame to RGB. Rows `bytes_per_line` apart, those of I420's chroma half as much; sides of odd
  /// length have a last chroma sample of their own. Writes [height, width, 3].
  void (*convert)(
      const uint8_t *frame, ci_layout layout, int32_t width, int32_t height, size_t bytes_per_line,
      ci_matrix matrix, uint8_t *rgb);
} ci_kernels;

/// The instruction sets that there are kernels for, on this processor or another, the better ones of an
/// architecture first: the name at `index`, NULL past the last.
const char *_Nullable ci_instruction_set(size_t index);
/// The table of an instruction set, or NULL where this build or this processor lacks it.
const ci_kernels *_Nullable ci_kernels_named(const char *instruction_set);
/// The table of the best instruction set of this processor.
const ci_kernels *ci_kernels_best(void);

#pragma clang assume_nonnull end
