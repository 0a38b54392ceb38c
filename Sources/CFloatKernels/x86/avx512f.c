#if defined(__x86_64__)
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "cfloatkernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)
#include "../kernels.h"

const cf_kernels cf_avx512f = FLOAT_KERNEL_TABLE("avx512f");
#pragma clang attribute pop
#endif
