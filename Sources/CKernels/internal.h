#pragma once
// What the instruction sets share: the tables' names and the compilers' spellings.
#include "ckernels.h"
#include "generic/tile.h"

// A product and the sum after it must stay two roundings: one fused step would differ between machines.
#ifdef __clang__
#pragma clang fp contract(off)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#pragma GCC optimize("fp-contract=off")
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define PREFETCH(P) __builtin_prefetch((P), 0, 2)

extern const ck_kernels ck_scalar;
#if defined(__x86_64__)
extern const ck_kernels ck_avx2, ck_avxvnni, ck_avxvnni_evex, ck_avx512vnni;
#elif defined(__aarch64__)
extern const ck_kernels ck_neon, ck_dotprod, ck_i8mm;
#endif
