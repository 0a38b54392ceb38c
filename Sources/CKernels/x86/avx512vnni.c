// AVX-512 with VNNI: unsigned activations times signed weights, 64 products an instruction.
#include "../internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))), \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vnni")
#endif

#include "lanes512.h"

#define TILE_ROWS 12
#define VECTORS 2
#define GROUP 4
#define ACTIVATION_MASK 0x80u

static inline __attribute__((always_inline)) void tile(const int rows, const tile_input *in, vi sums[][VECTORS]) {
  const uint8_t *a = in->a;
  const int8_t *b = in->b, *ahead = in->ahead;
  size_t stride = in->stride, groups = in->groups, ahead_step = in->ahead_step;
  vi start0 = vi_load(in->init), start1 = vi_load(in->init + 16);
  UNROLL for (int i = 0; i < rows; i++) {
    sums[i][0] = start0;
    sums[i][1] = start1;
  }
  for (size_t g = 0; g < groups; g++, a += GROUP, b += 32 * GROUP, ahead += ahead_step) {
    PREFETCH(ahead);
    vi b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
    UNROLL for (int i = 0; i < rows; i++) {
      int32_t four;
      __builtin_memcpy(&four, a + (size_t)i * stride, sizeof four);
      vi x = _mm512_set1_epi32(four);
      sums[i][0] = _mm512_dpbusd_epi32(sums[i][0], x, b0);
      sums[i][1] = _mm512_dpbusd_epi32(sums[i][1], x, b1);
    }
  }
}

#define PRODUCT _mm512_dpbusd_epi32

#include "../generic/kernels.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_avx512vnni
#define TABLE_NAME "avx512vnni"
#include "../generic/table.h"
#endif
