// NEON with the 8-bit matrix instructions (Cortex-A710, Neoverse V1 and later): smmla multiplies eight inputs of two
// rows with those of two columns.
//
// Arm's guides give two smmla a cycle on the Cortex-X and Neoverse V cores and on the A710 (64 products), twice what
// sdot does. A bound, not a measurement: these kernels have only been run under qemu.
#include "../internal.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("i8mm"))), apply_to = function)
#else
#pragma GCC target("arch=armv8.2-a+i8mm")
#endif

#include "lanes128.h"

// 6 rows of 16 columns: 24 registers of sums, 3 of activations, one after the other of weights.
#define TILE_ROWS 6
#define VECTORS 1
#define GROUP 8
#define ACTIVATION_MASK 0u

// Eight bytes of a row and eight of the next, or of none.
static inline int8x16_t two_rows(const uint8_t *first, const uint8_t *second) {
  return vreinterpretq_s8_u8(vcombine_u8(vld1_u8(first), second ? vld1_u8(second) : vdup_n_u8(0)));
}
// (first row's two columns, second row's) of two registers, to four columns of a row.
static inline int32x4_t first_row(int32x4_t x, int32x4_t y) { return vcombine_s32(vget_low_s32(x), vget_low_s32(y)); }
static inline int32x4_t second_row(int32x4_t x, int32x4_t y) {
  return vcombine_s32(vget_high_s32(x), vget_high_s32(y));
}

static inline __attribute__((always_inline)) void tile(const int rows, const tile_input *in, vi sums[][VECTORS]) {
  const uint8_t *a = in->a;
  const int8_t *b = in->b, *ahead = in->ahead;
  size_t stride = in->stride, groups = in->groups, ahead_step = in->ahead_step;
  const int pairs = (rows + 1) / 2;
  int32x4_t squares[(TILE_ROWS + 1) / 2][8];
  UNROLL for (int c = 0; c < 8; c++) {
    int32x2_t two = vld1_s32(in->init + 2 * c);
    UNROLL for (int i = 0; i < pairs; i++) squares[i][c] = vcombine_s32(two, two);
  }
  for (size_t g = 0; g < groups; g++, a += GROUP, b += 16 * GROUP, ahead += ahead_step) {
    PREFETCH(ahead);
    int8x16_t x[(TILE_ROWS + 1) / 2];
    UNROLL for (int i = 0; i < pairs; i++) {
      const uint8_t *row = a + (size_t)(2 * i) * stride;
      x[i] = two_rows(row, 2 * i + 1 < rows ? row + stride : NULL);
    }
    UNROLL for (int c = 0; c < 8; c++) {
      int8x16_t w = vld1q_s8(b + 16 * c);
      UNROLL for (int i = 0; i < pairs; i++) squares[i][c] = vmmlaq_s32(squares[i][c], x[i], w);
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    int32x4_t *s = squares[i / 2];
    sums[i][0] = i % 2 == 0 ? (vi){first_row(s[0], s[1]), first_row(s[2], s[3]), first_row(s[4], s[5]),
                                   first_row(s[6], s[7])}
                            : (vi){second_row(s[0], s[1]), second_row(s[2], s[3]), second_row(s[4], s[5]),
                                   second_row(s[6], s[7])};
  }
}

// Eight products in each of sixteen lanes: what counts for the peak is their number, not whose they are.
static inline int32x4_t quarter_product(int32x4_t sum, int32x4_t x, int32x4_t y) {
  return vmmlaq_s32(sum, vreinterpretq_s8_s32(x), vreinterpretq_s8_s32(y));
}
#define PRODUCT(SUM, X, Y) BY_QUARTERS(quarter_product, SUM, X, Y)

#include "../generic/kernels.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_i8mm
#define TABLE_NAME "i8mm"
#include "../generic/table.h"
#endif
