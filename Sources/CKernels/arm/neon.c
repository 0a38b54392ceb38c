// NEON of Armv8.0 (Cortex-A53, A72: Raspberry Pi 3 and 4). Two byte products, at most 2 · 128 · 127 < 2^15, are
// added in 16 bits (smull, smlal), and pairs of such sums go to 32 bits (sadalp): nothing saturates, since
// weights stay in -127...127.
//
// By Arm's Cortex-A72 guide smull and smlal, 8 products each, start once a cycle on one pipe and sadalp on the
// other: 8 products a cycle, 12 GMAC/s a core at 1.5 GHz. Four cores then need at least 0.37 s for the 17.56 GMAC
// of ViT-B/16. This is a bound, not a measurement: these kernels have only been run under qemu.
#include "../internal.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>

#include "lanes128.h"

// 4 rows of 16 columns: 16 registers of sums, 4 of weights, 2 of activations.
#define TILE_ROWS 4
#define VECTORS 1
#define GROUP 4
#define ACTIVATION_MASK 0u

// Inputs 0, 1 and 2, 3 of four columns each in the halves of the registers, times those of one row.
static inline int32x4_t low_columns(int32x4_t sum, int8x16_t w01, int8x16_t w23, int8x16_t x01, int8x16_t x23) {
  int16x8_t pairs = vmull_s8(vget_low_s8(w01), vget_low_s8(x01));
  return vpadalq_s16(sum, vmlal_s8(pairs, vget_low_s8(w23), vget_low_s8(x23)));
}
static inline int32x4_t high_columns(int32x4_t sum, int8x16_t w01, int8x16_t w23, int8x16_t x01, int8x16_t x23) {
  return vpadalq_s16(sum, vmlal_high_s8(vmull_high_s8(w01, x01), w23, x23));
}

// No instruction, but an order: one row's sums before the next row's products. Compilers would begin all rows' products
// first, run out of registers and spend a third of the loop on moving them.
#define FINISH(SUMS, NEXT01, NEXT23)                                                               \
  __asm__("" : "+w"(NEXT01), "+w"(NEXT23), "+w"((SUMS).a), "+w"((SUMS).b), "+w"((SUMS).c), "+w"((SUMS).d))

static inline __attribute__((always_inline)) int8x16_t both_inputs(const uint8_t *p) {
  int16_t two;
  __builtin_memcpy(&two, p, sizeof two);
  return vreinterpretq_s8_s16(vdupq_n_s16(two));
}

static inline __attribute__((always_inline)) void tile(const int rows, const tile_input *in, vi sums[][VECTORS]) {
  const uint8_t *a = in->a;
  const int8_t *b = in->b, *ahead = in->ahead;
  size_t stride = in->stride, groups = in->groups, ahead_step = in->ahead_step;
  UNROLL for (int i = 0; i < rows; i++) sums[i][0] = vi_load(in->init);
  for (size_t g = 0; g < groups; g++, a += GROUP, b += 16 * GROUP, ahead += ahead_step) {
    PREFETCH(ahead);
    // Loading with a stride parts the inputs 0, 1 of eight columns from their inputs 2, 3.
    int16x8x2_t first = vld2q_s16((const int16_t *)b), second = vld2q_s16((const int16_t *)(b + 32));
    int8x16_t first01 = vreinterpretq_s8_s16(first.val[0]), first23 = vreinterpretq_s8_s16(first.val[1]);
    int8x16_t second01 = vreinterpretq_s8_s16(second.val[0]), second23 = vreinterpretq_s8_s16(second.val[1]);
    UNROLL for (int i = 0; i < rows; i++) {
      int8x16_t x01 = both_inputs(a + (size_t)i * stride), x23 = both_inputs(a + (size_t)i * stride + 2);
      FINISH(sums[i > 0 ? i - 1 : 0][0], x01, x23);
      sums[i][0].a = low_columns(sums[i][0].a, first01, first23, x01, x23);
      sums[i][0].b = high_columns(sums[i][0].b, first01, first23, x01, x23);
      sums[i][0].c = low_columns(sums[i][0].c, second01, second23, x01, x23);
      sums[i][0].d = high_columns(sums[i][0].d, second01, second23, x01, x23);
    }
  }
}

static inline int32x4_t quarter_product(int32x4_t sum, int32x4_t x, int32x4_t y) {
  int8x16_t a = vreinterpretq_s8_s32(x), b = vreinterpretq_s8_s32(y);
  return vpadalq_s16(sum, vpaddq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b)), vmull_high_s8(a, b)));
}
#define PRODUCT(SUM, X, Y) BY_QUARTERS(quarter_product, SUM, X, Y)

#include "../generic/kernels.h"

#define TABLE ck_neon
#define TABLE_NAME "neon"
#include "../generic/table.h"
#endif
