// NEON with the dot product instructions (Cortex-A76, A78: Raspberry Pi 5, Jetson Orin): sdot adds four byte
// products to each of four sums.
//
// By Arm's Cortex-A76 guide two sdot start a cycle: 32 products, 77 GMAC/s a core at 2.4 GHz. Four cores then need
// at least 57 ms for the 17.56 GMAC of ViT-B/16. This is a bound, not a measurement: these kernels have only been
// run under qemu.
#include "../internal.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#else
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif

#include "lanes128.h"

// 4 rows of 16 columns: 16 registers of sums, 4 of weights, 4 of activations. A fifth row would fit, but has no
// fewer loads per product worth speaking of.
#define TILE_ROWS 4
#define VECTORS 1
#define GROUP 4
#define ACTIVATION_MASK 0u

typedef struct {
  int8x16_t a, b, c, d;
} weights;
static inline weights load_weights(const int8_t *b) {
  return (weights){vld1q_s8(b), vld1q_s8(b + 16), vld1q_s8(b + 32), vld1q_s8(b + 48)};
}

// Lane G of each row's sixteen bytes is the group of inputs that the weights are of.
#define MULTIPLY_LANE(G)                                                    \
  {                                                                         \
    PREFETCH(ahead);                                                        \
    weights w = load_weights(b + (G) * 16 * GROUP);                         \
    UNROLL for (int i = 0; i < rows; i++) {                                 \
      sums[i][0].a = vdotq_laneq_s32(sums[i][0].a, w.a, x[i], G);           \
      sums[i][0].b = vdotq_laneq_s32(sums[i][0].b, w.b, x[i], G);           \
      sums[i][0].c = vdotq_laneq_s32(sums[i][0].c, w.c, x[i], G);           \
      sums[i][0].d = vdotq_laneq_s32(sums[i][0].d, w.d, x[i], G);           \
    }                                                                       \
    ahead += ahead_step;                                                    \
  }

static inline __attribute__((always_inline)) void tile(const int rows, const tile_input *in, vi sums[][VECTORS]) {
  const uint8_t *a = in->a;
  const int8_t *b = in->b, *ahead = in->ahead;
  size_t stride = in->stride, groups = in->groups, ahead_step = in->ahead_step;
  int8x16_t x[TILE_ROWS];
  UNROLL for (int i = 0; i < rows; i++) sums[i][0] = vi_load(in->init);
  for (; groups >= 4; groups -= 4, a += 4 * GROUP, b += 4 * 16 * GROUP) {
    UNROLL for (int i = 0; i < rows; i++) x[i] = vreinterpretq_s8_u8(vld1q_u8(a + (size_t)i * stride));
    MULTIPLY_LANE(0)
    MULTIPLY_LANE(1)
    MULTIPLY_LANE(2)
    MULTIPLY_LANE(3)
  }
  for (; groups > 0; groups--, a += GROUP, b += 16 * GROUP) {
    UNROLL for (int i = 0; i < rows; i++) {
      int32_t four;
      __builtin_memcpy(&four, a + (size_t)i * stride, sizeof four);
      x[i] = vreinterpretq_s8_s32(vdupq_n_s32(four));
    }
    MULTIPLY_LANE(0)
  }
}

static inline int32x4_t quarter_product(int32x4_t sum, int32x4_t x, int32x4_t y) {
  return vdotq_s32(sum, vreinterpretq_s8_s32(x), vreinterpretq_s8_s32(y));
}
#define PRODUCT(SUM, X, Y) BY_QUARTERS(quarter_product, SUM, X, Y)

#include "../generic/kernels.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_dotprod
#define TABLE_NAME "dotprod"
#include "../generic/table.h"
#endif
