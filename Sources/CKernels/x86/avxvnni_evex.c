// The AVX-VNNI path in its AVX-512 encoding, so that machines with AVX-512 only can run and test it.
#include "../internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,avx512f,avx512vl,avx512vnni"))), apply_to = function)
#else
#pragma GCC target("avx2,avx512f,avx512vl,avx512vnni")
#endif

#include "lanes256.h"
#define DOT _mm256_dpbusd_epi32
#include "vnni256.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#define TABLE ck_avxvnni_evex
#define TABLE_NAME "avxvnni"
#include "../generic/table.h"
#endif
