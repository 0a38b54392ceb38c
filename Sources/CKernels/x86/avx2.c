// AVX2: both factors widened to 16 bits, pairs of products added in 32 (vpmaddwd), so that nothing saturates. Widening
// the weights as they are loaded costs a tenth of the loop. The other exact way, |a| times the weight with a's sign
// (vpsignb, vpmaddubsw, vpmaddwd), keeps 8 bits but has three instructions for the two multiplying ports where this has
// two: it did 64 GMAC/s on a core of Zen 4, this does 75.
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

#define TILE_ROWS 6
#define VECTORS 1
#define GROUP 2
#define ACTIVATION_MASK 0u

// Pairs of inputs of each row that a tile widens at a time.
enum { WIDE_PAIRS = 256 };

static inline __attribute__((always_inline)) void widen(const uint8_t *bytes, size_t count, int16_t *wide) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    _mm256_store_si256((__m256i *)(wide + i), _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(bytes + i))));
  for (; i < count; i++) wide[i] = (int8_t)bytes[i];
}

static inline __attribute__((always_inline)) void tile(const int rows, const tile_input *in, vi sums[][VECTORS]) {
  _Alignas(32) int16_t wide[TILE_ROWS][2 * WIDE_PAIRS];
  const uint8_t *a = in->a;
  const int8_t *b = in->b, *ahead = in->ahead;
  size_t stride = in->stride, groups = in->groups, ahead_step = in->ahead_step;
  UNROLL for (int i = 0; i < rows; i++) sums[i][0] = vi_load(in->init);
  while (groups > 0) {
    size_t pairs = groups < WIDE_PAIRS ? groups : WIDE_PAIRS;
    UNROLL for (int i = 0; i < rows; i++) widen(a + (size_t)i * stride, 2 * pairs, wide[i]);
    for (size_t g = 0; g < pairs; g++, b += 16 * GROUP, ahead += ahead_step) {
      PREFETCH(ahead);
      __m256i b0 = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)b));
      __m256i b1 = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(b + 16)));
      UNROLL for (int i = 0; i < rows; i++) {
        int32_t pair;
        __builtin_memcpy(&pair, &wide[i][2 * g], sizeof pair);
        __m256i x = _mm256_set1_epi32(pair);
        sums[i][0].a = _mm256_add_epi32(sums[i][0].a, _mm256_madd_epi16(x, b0));
        sums[i][0].b = _mm256_add_epi32(sums[i][0].b, _mm256_madd_epi16(x, b1));
      }
    }
    a += 2 * pairs;
    groups -= pairs;
  }
}

static inline vi both_products(vi sum, vi x, vi y) {
  return (vi){_mm256_add_epi32(sum.a, _mm256_madd_epi16(x.a, y.a)), _mm256_add_epi32(sum.b, _mm256_madd_epi16(x.b, y.b))};
}
#define PRODUCT both_products

#include "../generic/kernels.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_avx2
#define TABLE_NAME "avx2"
#include "../generic/table.h"
#endif
