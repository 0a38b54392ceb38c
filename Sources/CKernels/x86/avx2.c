// AVX2: |a| times the weight with the sign of a, in 16-bit pairs that cannot saturate, since weights stay in
// -127...127 and |a| is at most 128: 2 · 128 · 127 < 2^15.
#include "../internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#include "lanes256.h"

#define TILE_ROWS 4
#define VECTORS 1
#define GROUP 4
#define ACTIVATION_MASK 0u

static inline __m256i product(__m256i sum, __m256i a, __m256i magnitude, __m256i b) {
  __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(b, a));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

static inline __attribute__((always_inline)) void tile(const int rows, const tile_input *in, vi sums[][VECTORS]) {
  const uint8_t *a = in->a;
  const int8_t *b = in->b, *ahead = in->ahead;
  size_t stride = in->stride, groups = in->groups, ahead_step = in->ahead_step;
  UNROLL for (int i = 0; i < rows; i++) sums[i][0] = vi_load(in->init);
  for (size_t g = 0; g < groups; g++, a += GROUP, b += 16 * GROUP, ahead += ahead_step) {
    PREFETCH(ahead);
    __m256i b0 = _mm256_loadu_si256((const __m256i *)b), b1 = _mm256_loadu_si256((const __m256i *)(b + 32));
    UNROLL for (int i = 0; i < rows; i++) {
      int32_t four;
      __builtin_memcpy(&four, a + (size_t)i * stride, sizeof four);
      __m256i x = _mm256_set1_epi32(four), magnitude = _mm256_abs_epi8(x);
      sums[i][0].a = product(sums[i][0].a, x, magnitude, b0);
      sums[i][0].b = product(sums[i][0].b, x, magnitude, b1);
    }
  }
}

static inline vi both_products(vi sum, vi a, vi b) {
  return (vi){product(sum.a, a.a, a.a, b.a), product(sum.b, a.b, a.b, b.b)};
}
#define PRODUCT both_products

#include "../generic/rows.h"
#include "../generic/linear.h"
#include "../generic/attention.h"
#include "../generic/peak.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_avx2
#define TABLE_NAME "avx2"
#include "../generic/table.h"
#endif
