// AVX-512 with VBMI and VNNI: the AVX2 way along rows with eight taps at once, and products added as they are made.
// Along columns nothing is left to gain.
#if defined(__x86_64__)
#include <immintrin.h>

#include "resample.h"

#define FEATURES "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni"
#define TARGET static inline __attribute__((target(FEATURES), always_inline))
#define KERNEL static __attribute__((target(FEATURES)))

// Byte `i` of a register that has pixels 2 q and 2 q + 1 in its 128 bits q: 16-bit pairs (r0 r1) (g0 g1) (b0 b1).
#define PAIRS(q) \
  q * 6 + 0, 0, q * 6 + 3, 0, q * 6 + 1, 0, q * 6 + 4, 0, q * 6 + 2, 0, q * 6 + 5, 0, 0, 0, 0, 0
static const uint8_t pair_bytes[64] = {PAIRS(0), PAIRS(1), PAIRS(2), PAIRS(3)};
static const uint64_t pair_mask = 0x0555055505550555;  // the bytes of PAIRS that are not zero

// The sums of the four quarters of each of four registers.
TARGET __m512i quarters(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xDD));
  const __m512i cd = _mm512_add_epi32(_mm512_shuffle_i32x4(c, d, 0x88), _mm512_shuffle_i32x4(c, d, 0xDD));
  return _mm512_add_epi32(_mm512_shuffle_i32x4(ab, cd, 0x88), _mm512_shuffle_i32x4(ab, cd, 0xDD));
}

// Four rows at once, so that weights are loaded once for all of them.
KERNEL void four_rows(
    const uint8_t *source, size_t source_stride, const ci_taps *taps, uint8_t *target,
    size_t target_stride) {
  const __m512i pairs = _mm512_loadu_si512(pair_bytes);
  const __m512i spread = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  const __m512i half = _mm512_set1_epi32(1 << (CI_WEIGHT_BITS - 1));
  for (int32_t x = 0; x < taps->outputs; x++) {
    const uint8_t *input = source + (size_t)taps->first[x] * 3;
    const int16_t *high = taps->high + (size_t)x * (size_t)taps->stride;
    const int16_t *low = taps->low + (size_t)x * (size_t)taps->stride;
    __m512i high_sum[4], low_sum[4];
    for (int r = 0; r < 4; r++) high_sum[r] = low_sum[r] = _mm512_setzero_si512();
    for (int32_t t = 0; t < taps->count[x]; t += 8) {
      const __m512i w_high = _mm512_permutexvar_epi32(
          spread, _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(high + t))));
      const __m512i w_low = _mm512_permutexvar_epi32(
          spread, _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(low + t))));
      for (int r = 0; r < 4; r++) {
        const uint8_t *at = input + (size_t)r * source_stride + (size_t)t * 3;
        const __m512i pixels = _mm512_maskz_permutexvar_epi8(
            pair_mask, pairs, _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)at)));
        high_sum[r] = _mm512_dpwssd_epi32(high_sum[r], pixels, w_high);
        low_sum[r] = _mm512_dpwssd_epi32(low_sum[r], pixels, w_low);
      }
    }
    for (int r = 0; r < 4; r++)
      low_sum[r] = _mm512_add_epi32(_mm512_slli_epi32(high_sum[r], CI_LOW_BITS), low_sum[r]);
    const __m512i sums = quarters(low_sum[0], low_sum[1], low_sum[2], low_sum[3]);
    const __m512i values = _mm512_srai_epi32(_mm512_add_epi32(sums, half), CI_WEIGHT_BITS);
    // Four bytes for each row: clamped below by the maximum, above by the narrowing.
    const __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(values, _mm512_setzero_si512()));
    uint8_t *to = target + (size_t)x * 3;
    _mm_storeu_si32(to, bytes);
    _mm_storeu_si32(to + target_stride, _mm_shuffle_epi32(bytes, 1));
    _mm_storeu_si32(to + 2 * target_stride, _mm_shuffle_epi32(bytes, 2));
    _mm_storeu_si32(to + 3 * target_stride, _mm_shuffle_epi32(bytes, 3));
  }
}

KERNEL void horizontal(
    const uint8_t *source, size_t source_stride, size_t readable, int32_t rows,
    const ci_taps *taps, uint8_t *target, size_t target_stride) {
  int32_t y = 0;
  // Loads reach past the end of the last row.
  for (; y + 4 <= rows && (size_t)(y + 3) * source_stride + ci_reach(taps) <= readable; y += 4)
    four_rows(
        source + (size_t)y * source_stride, source_stride, taps, target + (size_t)y * target_stride,
        target_stride);
  const size_t done = (size_t)y * source_stride;
  if (y < rows)
    ci_resampler_avx2.horizontal(
        source + done, source_stride, readable - done, rows - y, taps,
        target + (size_t)y * target_stride, target_stride);
}

static void vertical(
    const uint8_t *source, size_t source_stride, int32_t bytes, const ci_taps *taps, uint8_t *target,
    size_t target_stride) {
  ci_resampler_avx2.vertical(source, source_stride, bytes, taps, target, target_stride);
}

const ci_resampler ci_resampler_avx512 = {horizontal, vertical};
#endif
