// AVX-VNNI: VNNI in 256 bits without AVX-512 (Alder Lake-N, Zen 5 and later).
#include "../internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,avxvnni"))), apply_to = function)
#else
#pragma GCC target("avx2,avxvnni")
#endif

#include "lanes256.h"
#define DOT _mm256_dpbusd_avx_epi32
#include "vnni256.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_avxvnni
#define TABLE_NAME "avxvnni"
#include "../generic/table.h"
#endif
