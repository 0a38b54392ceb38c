// What the resamplers of all instruction sets share.
#pragma once
#include "cimaging.h"
#include "pixel_formats.h"

/// Vector kernels leave rows to it whose end they would read over.
extern const ci_kernels ci_scalar;

enum { CI_WEIGHT_BITS = 22, CI_LOW_BITS = 15 };

/// How many bytes from a row's start on a vector kernel may touch when each of its taps is padded to the
/// stride and its last load to 16 bytes.
static inline size_t ci_reach(const ci_taps *taps) {
  int32_t last = 0;
  for (int32_t i = 0; i < taps->outputs; i++)
    if (taps->first[i] > last) last = taps->first[i];
  return (size_t)(last + taps->stride) * 3 + 16;
}

/// Output `i` of one column of a vertical pass; what vector kernels leave over at the end of a row.
static inline uint8_t ci_column(
    const uint8_t *source, size_t stride, const ci_taps *taps, int32_t i) {
  const int32_t *weight = taps->weight + (size_t)i * (size_t)taps->stride;
  const uint8_t *input = source + (size_t)taps->first[i] * stride;
  int32_t sum = 1 << (CI_WEIGHT_BITS - 1);
  for (int32_t t = 0; t < taps->count[i]; t++) sum += weight[t] * input[(size_t)t * stride];
  sum >>= CI_WEIGHT_BITS;
  return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}
