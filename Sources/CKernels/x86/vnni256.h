// VNNI on 256-bit registers: unsigned activations times signed weights. Included by the two encodings of the
// same instructions, after DOT.
#define TILE_ROWS 6
#define VECTORS 1
#define GROUP 4
#define ACTIVATION_MASK 0x80u

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
      __m256i x = _mm256_set1_epi32(four);
      sums[i][0].a = DOT(sums[i][0].a, x, b0);
      sums[i][0].b = DOT(sums[i][0].b, x, b1);
    }
  }
}

static inline vi both_products(vi sum, vi a, vi b) { return (vi){DOT(sum.a, a.a, b.a), DOT(sum.b, a.b, b.b)}; }
#define PRODUCT both_products

#include "../generic/kernels.h"
