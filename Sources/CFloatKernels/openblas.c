// OpenBLAS knows processors by their model numbers. One that is newer than the library gets the kernels of a processor
// from 2004, "Prescott", with a fifth of the speed, although it has all that better kernels need.
#include <stdlib.h>
#include <string.h>

#include "cfloatkernels.h"
#include "cinstructionsets.h"

#if defined(__x86_64__)
// What OpenBLAS has where it is built for many processors, as distributions do; NULL elsewhere.
__attribute__((weak)) char *openblas_get_corename(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);
__attribute__((weak)) void gotoblas_dynamic_init(void);

void cf_openblas_choose_kernels(void) {
  static const char variable[] = "OPENBLAS_CORETYPE";
  if (!openblas_get_corename || !gotoblas_dynamic_quit || !gotoblas_dynamic_init) return;
  if (getenv(variable) || strcmp(openblas_get_corename(), "Prescott") != 0) return;
  const char *core = isa_has_avx512() ? "SkylakeX" : isa_has_avx2_fma() ? "Haswell" : NULL;
  if (!core || setenv(variable, core, 1) != 0) return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(variable);
}
#else
void cf_openblas_choose_kernels(void) {}
#endif
