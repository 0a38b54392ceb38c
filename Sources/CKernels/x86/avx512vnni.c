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

static inline __attribute__((always_inline)) void tile(const int rows, const uint8_t *a, size_t stride,
                                                       const int8_t *b, size_t groups, const int32_t *init,
                                                       vi acc[][VECTORS]) {
  vi start0 = vi_load(init), start1 = vi_load(init + 16);
  UNROLL for (int i = 0; i < rows; i++) {
    acc[i][0] = start0;
    acc[i][1] = start1;
  }
  for (size_t g = 0; g < groups; g++, a += GROUP, b += 32 * GROUP) {
    vi b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 64);
    UNROLL for (int i = 0; i < rows; i++) {
      int32_t four;
      __builtin_memcpy(&four, a + (size_t)i * stride, sizeof four);
      vi x = _mm512_set1_epi32(four);
      acc[i][0] = _mm512_dpbusd_epi32(acc[i][0], x, b0);
      acc[i][1] = _mm512_dpbusd_epi32(acc[i][1], x, b1);
    }
  }
}

#define PRODUCT _mm512_dpbusd_epi32

#include "../generic/rows.h"
#include "../generic/linear.h"
#include "../generic/attention.h"
#include "../generic/peak.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_avx512vnni
#define TABLE_NAME "avx512vnni"
#include "../generic/table.h"
#endif
