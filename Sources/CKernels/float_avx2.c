#if defined(__x86_64__)
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "ckernels_float.h"
#include "float_tables.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "float_kernels.h"

const ck_float_kernels ck_float_avx2 = FLOAT_KERNEL_TABLE("avx2");
#pragma clang attribute pop
#endif
