#include <string.h>

#include "ckernels_float.h"
#include "float_tables.h"

const ck_float_kernels *ck_float_scalar(void) { return &ck_float_scalar_table; }

const ck_float_kernels *ck_float_named(const char *name) {
  if (strcmp(name, "scalar") == 0) return &ck_float_scalar_table;
#if defined(__x86_64__)
  if (strcmp(name, "avx2") == 0)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &ck_float_avx2 : NULL;
  if (strcmp(name, "avx512f") == 0)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
                   && __builtin_cpu_supports("avx512bw")
               ? &ck_float_avx512f
               : NULL;
#endif
  return NULL;
}

const ck_float_kernels *ck_float_best(void) {
  const ck_float_kernels *best = ck_float_named("avx512f");
  if (!best) best = ck_float_named("avx2");
  return best ? best : &ck_float_scalar_table;
}
