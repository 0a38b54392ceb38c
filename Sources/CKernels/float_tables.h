// One table an instruction set; float_dispatch.c picks among them.
#pragma once

#include "ckernels_float.h"

extern const ck_float_kernels ck_float_scalar_table;
#if defined(__x86_64__)
extern const ck_float_kernels ck_float_avx2;
extern const ck_float_kernels ck_float_avx512f;
#endif
