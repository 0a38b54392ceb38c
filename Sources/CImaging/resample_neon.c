// NEON: weights are split in two halves of at most 16 bits for smlal; the sums of the halves are exact
// in 32 bits (mod 2^32), hence so is their recombination.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "resample.h"

// high * 2^15 + low, rounded and shifted to a pixel value that may still lie outside 0...255.
static inline int32x4_t combine(int32x4_t high, int32x4_t low) {
  const int32x4_t sum = vaddq_s32(vshlq_n_s32(high, CI_LOW_BITS), low);
  return vshrq_n_s32(vaddq_s32(sum, vdupq_n_s32(1 << (CI_WEIGHT_BITS - 1))), CI_WEIGHT_BITS);
}

static inline uint8_t clamp(int32_t value) {
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static inline int16x8_t widen(uint8x8_t bytes) { return vreinterpretq_s16_u16(vmovl_u8(bytes)); }

static void row(const uint8_t *source, const ci_taps *taps, uint8_t *target) {
  for (int32_t x = 0; x < taps->outputs; x++, target += 3) {
    const uint8_t *input = source + (size_t)taps->first[x] * 3;
    const int16_t *high = taps->high + (size_t)x * (size_t)taps->stride;
    const int16_t *low = taps->low + (size_t)x * (size_t)taps->stride;
    int32x4_t high_sum[3], low_sum[3];
    for (int c = 0; c < 3; c++) high_sum[c] = low_sum[c] = vdupq_n_s32(0);
    for (int32_t t = 0; t < taps->count[x]; t += 8) {
      const uint8x8x3_t pixels = vld3_u8(input + (size_t)t * 3);
      const int16x8_t w_high = vld1q_s16(high + t), w_low = vld1q_s16(low + t);
      for (int c = 0; c < 3; c++) {
        const int16x8_t value = widen(pixels.val[c]);
        high_sum[c] = vmlal_s16(high_sum[c], vget_low_s16(value), vget_low_s16(w_high));
        high_sum[c] = vmlal_high_s16(high_sum[c], value, w_high);
        low_sum[c] = vmlal_s16(low_sum[c], vget_low_s16(value), vget_low_s16(w_low));
        low_sum[c] = vmlal_high_s16(low_sum[c], value, w_low);
      }
    }
    for (int c = 0; c < 3; c++) {
      const uint32_t sum = ((uint32_t)vaddvq_s32(high_sum[c]) << CI_LOW_BITS) +
                           (uint32_t)vaddvq_s32(low_sum[c]) + (1u << (CI_WEIGHT_BITS - 1));
      target[c] = clamp((int32_t)sum >> CI_WEIGHT_BITS);
    }
  }
}

static void horizontal(
    const uint8_t *source, size_t source_stride, size_t readable, int32_t rows,
    const ci_taps *taps, uint8_t *target, size_t target_stride) {
  const size_t reach = ci_reach(taps);
  int32_t y = 0;
  size_t done = 0;
  // The last one or two rows, whose loads would leave the image, are left to plain C.
  for (; y < rows && readable - done >= reach; y++, done += source_stride)
    row(source + done, taps, target + (size_t)y * target_stride);
  if (y < rows)
    ci_scalar.horizontal(
        source + done, source_stride, readable - done, rows - y, taps,
        target + (size_t)y * target_stride, target_stride);
}

static void vertical(
    const uint8_t *source, size_t source_stride, int32_t bytes, const ci_taps *taps,
    uint8_t *target, size_t target_stride) {
  for (int32_t y = 0; y < taps->outputs; y++, target += target_stride) {
    const uint8_t *input = source + (size_t)taps->first[y] * source_stride;
    const int16_t *high = taps->high + (size_t)y * (size_t)taps->stride;
    const int16_t *low = taps->low + (size_t)y * (size_t)taps->stride;
    int32_t i = 0;
    for (; i + 16 <= bytes; i += 16) {
      int32x4_t high_sum[4], low_sum[4];
      for (int q = 0; q < 4; q++) high_sum[q] = low_sum[q] = vdupq_n_s32(0);
      for (int32_t t = 0; t < taps->count[y]; t++) {
        const uint8x16_t pixels = vld1q_u8(input + (size_t)t * source_stride + i);
        const int16x8_t half[2] = {widen(vget_low_u8(pixels)), widen(vget_high_u8(pixels))};
        for (int q = 0; q < 2; q++) {
          const int16x4_t first = vget_low_s16(half[q]), second = vget_high_s16(half[q]);
          high_sum[2 * q] = vmlal_n_s16(high_sum[2 * q], first, high[t]);
          high_sum[2 * q + 1] = vmlal_n_s16(high_sum[2 * q + 1], second, high[t]);
          low_sum[2 * q] = vmlal_n_s16(low_sum[2 * q], first, low[t]);
          low_sum[2 * q + 1] = vmlal_n_s16(low_sum[2 * q + 1], second, low[t]);
        }
      }
      uint8x8_t packed[2];
      for (int q = 0; q < 2; q++) {
        const int16x4_t first = vqmovn_s32(combine(high_sum[2 * q], low_sum[2 * q]));
        const int16x4_t second = vqmovn_s32(combine(high_sum[2 * q + 1], low_sum[2 * q + 1]));
        packed[q] = vqmovun_s16(vcombine_s16(first, second));
      }
      vst1q_u8(target + i, vcombine_u8(packed[0], packed[1]));
    }
    for (; i < bytes; i++) target[i] = ci_column(source + i, source_stride, taps, y);
  }
}

// NEON is in every processor of the architecture, so compilers use it in the conversion anyway.
const ci_kernels ci_neon = {"neon", horizontal, vertical, ci_convert_scalar};
#endif
