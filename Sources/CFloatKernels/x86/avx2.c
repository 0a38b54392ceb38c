#if defined(__x86_64__)
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "cfloatkernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "../kernels.h"

const cf_kernels cf_avx2 = FLOAT_KERNEL_TABLE("avx2");
#pragma clang attribute pop
#endif
