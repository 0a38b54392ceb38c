#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "cfloatkernels.h"

#include "kernels.h"

const cf_kernels cf_scalar = FLOAT_KERNEL_TABLE("scalar");
