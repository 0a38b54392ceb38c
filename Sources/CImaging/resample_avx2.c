// AVX2: weights are split in two halves of at most 16 bits, so that vpmaddwd takes two taps at once; the
// sums of the halves are exact in 32 bits (mod 2^32), hence so is their recombination.
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "resample.h"

#define TARGET static inline __attribute__((target("avx2"), always_inline))
#define KERNEL static __attribute__((target("avx2")))

// high * 2^15 + low, rounded and shifted to a pixel value that may still lie outside 0...255.
TARGET __m256i combine(__m256i high, __m256i low) {
  const __m256i half = _mm256_set1_epi32(1 << (CI_WEIGHT_BITS - 1));
  const __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, CI_LOW_BITS), low);
  return _mm256_srai_epi32(_mm256_add_epi32(sum, half), CI_WEIGHT_BITS);
}

// `n` rows at once, so that weights are loaded once for all of them.
TARGET void rows_at_once(
    const int n, const uint8_t *source, size_t source_stride, const ci_taps *taps,
    uint8_t *target, size_t target_stride) {
  // Four pixels of twelve bytes: 16-bit pairs (r0 r1) (g0 g1) (b0 b1) in the low half, of pixels 2 and 3
  // in the high half; -1 gives zero.
  const __m256i pairs = _mm256_setr_epi8(
      0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
      6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  // Weights (w0 w1 w2 w3) repeated: (w0 w1) four times, then (w2 w3) four times.
  const __m256i spread = _mm256_setr_epi8(
      0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,  //
      4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
  for (int32_t x = 0; x < taps->outputs; x++) {
    const uint8_t *input = source + (size_t)taps->first[x] * 3;
    const int16_t *high = taps->high + (size_t)x * (size_t)taps->stride;
    const int16_t *low = taps->low + (size_t)x * (size_t)taps->stride;
    __m256i high_sum[4], low_sum[4];
    for (int r = 0; r < n; r++) high_sum[r] = low_sum[r] = _mm256_setzero_si256();
    for (int32_t t = 0; t < taps->count[x]; t += 4) {
      int64_t bits;
      memcpy(&bits, high + t, sizeof bits);
      const __m256i w_high = _mm256_shuffle_epi8(_mm256_set1_epi64x(bits), spread);
      memcpy(&bits, low + t, sizeof bits);
      const __m256i w_low = _mm256_shuffle_epi8(_mm256_set1_epi64x(bits), spread);
      for (int r = 0; r < n; r++) {
        const uint8_t *at = input + (size_t)r * source_stride + (size_t)t * 3;
        const __m256i pixels = _mm256_shuffle_epi8(
            _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)at)), pairs);
        high_sum[r] = _mm256_add_epi32(high_sum[r], _mm256_madd_epi16(pixels, w_high));
        low_sum[r] = _mm256_add_epi32(low_sum[r], _mm256_madd_epi16(pixels, w_low));
      }
    }
    for (int r = 0; r < n; r++) {
      // The halves of the register hold the sums over even and odd pairs: add before rounding.
      const __m256i h = _mm256_add_epi32(
          high_sum[r], _mm256_permute2x128_si256(high_sum[r], high_sum[r], 1));
      const __m256i l = _mm256_add_epi32(
          low_sum[r], _mm256_permute2x128_si256(low_sum[r], low_sum[r], 1));
      const __m128i words = _mm256_castsi256_si128(combine(h, l));
      const __m128i shorts = _mm_packs_epi32(words, words);
      const int32_t pixel = _mm_cvtsi128_si32(_mm_packus_epi16(shorts, shorts));
      memcpy(target + (size_t)r * target_stride + (size_t)x * 3, &pixel, sizeof pixel);
    }
  }
}

KERNEL void horizontal(
    const uint8_t *source, size_t source_stride, size_t readable, int32_t rows,
    const ci_taps *taps, uint8_t *target, size_t target_stride) {
  const size_t reach = ci_reach(taps);
  // Rows whose loads stay inside the image; the last one or two are left to plain C.
  int32_t safe = 0;
  if (readable >= reach) {
    const size_t fit = (readable - reach) / source_stride + 1;
    safe = fit < (size_t)rows ? (int32_t)fit : rows;
  }
  int32_t y = 0;
  for (; y + 4 <= safe; y += 4)
    rows_at_once(
        4, source + (size_t)y * source_stride, source_stride, taps,
        target + (size_t)y * target_stride, target_stride);
  for (; y < safe; y++)
    rows_at_once(
        1, source + (size_t)y * source_stride, source_stride, taps,
        target + (size_t)y * target_stride, target_stride);
  const size_t done = (size_t)y * source_stride;
  if (y < rows)
    ci_scalar.horizontal(
        source + done, source_stride, readable - done, rows - y, taps,
        target + (size_t)y * target_stride, target_stride);
}

KERNEL void vertical(
    const uint8_t *source, size_t source_stride, int32_t bytes, const ci_taps *taps,
    uint8_t *target, size_t target_stride) {
  const __m256i zero = _mm256_setzero_si256();
  for (int32_t y = 0; y < taps->outputs; y++, target += target_stride) {
    const uint8_t *input = source + (size_t)taps->first[y] * source_stride;
    const int16_t *high = taps->high + (size_t)y * (size_t)taps->stride;
    const int16_t *low = taps->low + (size_t)y * (size_t)taps->stride;
    const int32_t count = taps->count[y];
    int32_t i = 0;
    for (; i + 32 <= bytes; i += 32) {
      __m256i high_sum[4] = {zero, zero, zero, zero}, low_sum[4] = {zero, zero, zero, zero};
      for (int32_t t = 0; t < count; t += 2) {
        const uint8_t *at = input + (size_t)t * source_stride + i;
        const __m256i a = _mm256_loadu_si256((const __m256i *)at);
        // An odd last tap has no partner row; its second weight is zero, so any bytes will do.
        const __m256i b =
            t + 1 < count ? _mm256_loadu_si256((const __m256i *)(at + source_stride)) : zero;
        int32_t bits;
        memcpy(&bits, high + t, sizeof bits);
        const __m256i w_high = _mm256_set1_epi32(bits);
        memcpy(&bits, low + t, sizeof bits);
        const __m256i w_low = _mm256_set1_epi32(bits);
        const __m256i ab_low = _mm256_unpacklo_epi8(a, b), ab_high = _mm256_unpackhi_epi8(a, b);
        const __m256i pairs[4] = {
            _mm256_unpacklo_epi8(ab_low, zero), _mm256_unpackhi_epi8(ab_low, zero),
            _mm256_unpacklo_epi8(ab_high, zero), _mm256_unpackhi_epi8(ab_high, zero)};
        for (int q = 0; q < 4; q++) {
          high_sum[q] = _mm256_add_epi32(high_sum[q], _mm256_madd_epi16(pairs[q], w_high));
          low_sum[q] = _mm256_add_epi32(low_sum[q], _mm256_madd_epi16(pairs[q], w_low));
        }
      }
      // Unpacking and packing interleave within 128 bits alike, so the order comes out right.
      const __m256i first = _mm256_packs_epi32(
          combine(high_sum[0], low_sum[0]), combine(high_sum[1], low_sum[1]));
      const __m256i second = _mm256_packs_epi32(
          combine(high_sum[2], low_sum[2]), combine(high_sum[3], low_sum[3]));
      _mm256_storeu_si256((__m256i *)(target + i), _mm256_packus_epi16(first, second));
    }
    for (; i < bytes; i++) target[i] = ci_column(source + i, source_stride, taps, y);
  }
}

const ci_kernels ci_avx2 = {"avx2", horizontal, vertical, ci_convert_avx2};
#endif
