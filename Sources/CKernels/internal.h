#pragma once
// What the files of the instruction sets share: the compilers' spellings.
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
