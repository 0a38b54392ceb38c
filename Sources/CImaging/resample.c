// The resampler in plain C: the reference for the other instruction sets and what runs where there is none.
#include "resample.h"

static void horizontal(
    const uint8_t *source, size_t source_stride, size_t readable, int32_t rows,
    const ci_taps *taps, uint8_t *target, size_t target_stride) {
  (void)readable;
  for (int32_t y = 0; y < rows; y++, source += source_stride, target += target_stride)
    for (int32_t x = 0; x < taps->outputs; x++)
      for (int c = 0; c < 3; c++) target[x * 3 + c] = ci_column(source + c, 3, taps, x);
}

static void vertical(
    const uint8_t *source, size_t source_stride, int32_t bytes, const ci_taps *taps,
    uint8_t *target, size_t target_stride) {
  for (int32_t y = 0; y < taps->outputs; y++, target += target_stride)
    for (int32_t i = 0; i < bytes; i++)
      target[i] = ci_column(source + i, source_stride, taps, y);
}

const ci_kernels ci_scalar = {"scalar", horizontal, vertical, ci_convert_scalar};
