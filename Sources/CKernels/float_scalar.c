#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "ckernels_float.h"
#include "float_tables.h"

#include "float_kernels.h"

const ck_float_kernels ck_float_scalar_table = FLOAT_KERNEL_TABLE("scalar");
