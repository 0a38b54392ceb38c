// Camera frames to RGB: unpacked in pieces to one sample of each kind per pixel, then one loop that
// compilers turn into vector code, compiled for AVX2 a second time.
#include "pixel_formats.h"

#define INLINE static inline __attribute__((always_inline))

enum { PIECE = 256, BITS = 13 };

INLINE uint8_t clamp(int32_t value) {
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

INLINE void rgb_from_ycbcr(
    const uint8_t *y, const uint8_t *cb, const uint8_t *cr, const ci_matrix m, int32_t count,
    uint8_t *restrict rgb) {
  for (int32_t i = 0; i < count; i++) {
    const int32_t u = cb[i] - 128, v = cr[i] - 128;
    const int32_t luma = (y[i] - m.black) * m.luma + (1 << (BITS - 1));
    rgb[3 * i] = clamp((luma + m.red_cr * v) >> BITS);
    rgb[3 * i + 1] = clamp((luma + m.green_cb * u + m.green_cr * v) >> BITS);
    rgb[3 * i + 2] = clamp((luma + m.blue_cb * u) >> BITS);
  }
}

// Samples `from`, `from + step`, ...: each for two pixels, `count` pixels.
INLINE void spread(const uint8_t *from, const int step, int32_t count, uint8_t *restrict to) {
  for (int32_t i = 0; i < count / 2; i++) to[2 * i] = to[2 * i + 1] = from[i * step];
  if (count & 1) to[count - 1] = from[count / 2 * step];
}

INLINE void convert_packed_row(
    const uint8_t *line, const int luma_at, int32_t width, ci_matrix m, uint8_t *rgb) {
  uint8_t y[PIECE], cb[PIECE], cr[PIECE];
  for (int32_t x = 0; x < width; x += PIECE) {
    const int32_t count = width - x < PIECE ? width - x : PIECE;
    const uint8_t *from = line + (size_t)x * 2;
    for (int32_t i = 0; i < count; i++) y[i] = from[2 * i + luma_at];
    spread(from + 1 - luma_at, 4, count, cb);
    spread(from + 3 - luma_at, 4, count, cr);
    rgb_from_ycbcr(y, cb, cr, m, count, rgb + (size_t)x * 3);
  }
}

INLINE void convert_planar_row(
    const uint8_t *y, const uint8_t *first_cb, const uint8_t *first_cr, const int step,
    int32_t width, ci_matrix m, uint8_t *rgb) {
  uint8_t cb[PIECE], cr[PIECE];
  for (int32_t x = 0; x < width; x += PIECE) {
    const int32_t count = width - x < PIECE ? width - x : PIECE;
    spread(first_cb + (size_t)(x / 2) * (size_t)step, step, count, cb);
    spread(first_cr + (size_t)(x / 2) * (size_t)step, step, count, cr);
    rgb_from_ycbcr(y + x, cb, cr, m, count, rgb + (size_t)x * 3);
  }
}

INLINE void convert(
    const uint8_t *frame, ci_layout layout, int32_t width, int32_t height, size_t line,
    ci_matrix m, uint8_t *rgb) {
  const uint8_t *chroma = frame + line * (size_t)height;
  const uint8_t *second = chroma + line / 2 * (size_t)((height + 1) / 2);
  for (int32_t row = 0; row < height; row++, rgb += (size_t)width * 3) {
    const uint8_t *y = frame + line * (size_t)row;
    const size_t half = (size_t)(row / 2);
    switch (layout) {
      case CI_YUYV: convert_packed_row(y, 0, width, m, rgb); break;
      case CI_UYVY: convert_packed_row(y, 1, width, m, rgb); break;
      case CI_NV12:
        convert_planar_row(y, chroma + half * line, chroma + half * line + 1, 2, width, m, rgb);
        break;
      case CI_I420:
        convert_planar_row(
            y, chroma + half * (line / 2), second + half * (line / 2), 1, width, m, rgb);
        break;
    }
  }
}

void ci_convert_scalar(
    const uint8_t *frame, ci_layout layout, int32_t width, int32_t height, size_t bytes_per_line,
    ci_matrix matrix, uint8_t *rgb) {
  convert(frame, layout, width, height, bytes_per_line, matrix, rgb);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void ci_convert_avx2(
    const uint8_t *frame, ci_layout layout, int32_t width, int32_t height, size_t bytes_per_line,
    ci_matrix matrix, uint8_t *rgb) {
  convert(frame, layout, width, height, bytes_per_line, matrix, rgb);
}
#endif
