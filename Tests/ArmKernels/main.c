// The int8 kernels and the resampler outside Swift, for machines that only an emulator plays:
//   main BEST PATH
// fails unless BEST is the instruction set that the engine would choose here and PATH the resampler's, tests every
// one that this processor has, and prints a hash of all results of each: "linear neon 0123456789abcdef". The hashes
// are the same on every machine.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

static const struct {
  const char *name;
  operation_test *test;
} operations[] = {
    {"linear", test_linear}, {"layer_norm", test_layer_norm}, {"quantise", test_quantise},
    {"gelu", test_gelu},     {"heads", test_heads},           {"attention", test_attention},
    {"project", test_project}, {"dot", test_dot},
};

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: %s BEST-INSTRUCTION-SET RESAMPLER-PATH\n", arguments[0]);
    return 64;
  }
  static const ck_isa all[] = {CK_ISA_SCALAR,     CK_ISA_AVX2, CK_ISA_AVXVNNI, CK_ISA_AVX512VNNI,
                               CK_ISA_NEON, CK_ISA_DOTPROD, CK_ISA_I8MM};
  const ck_kernels *scalar = ck_kernels_for(CK_ISA_SCALAR), *best = ck_kernels_for(ck_best_isa());
  if (strcmp(best->name, arguments[1])) fail("the best instruction set is %s, not %s", best->name, arguments[1]);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    const ck_kernels *table = ck_kernels_for(all[i]);
    if (!table) continue;
    for (size_t j = 0; j < sizeof operations / sizeof *operations; j++) {
      fingerprint print = {0};
      operations[j].test(table, scalar, &print);
      printf("%s %s %016" PRIx64 "\n", operations[j].name, table->name, print.value);
    }
    if (table->peak(3) % 3 != 0 || table->peak(3) == 0) fail("%s counts no products", table->name);
    fflush(stdout);
  }
  fingerprint print = {0};
  test_softmax(&print);
  printf("softmax scalar %016" PRIx64 "\n", print.value);
  test_resamplers(arguments[2]);
  if (failures) fprintf(stderr, "%d failures\n", failures);
  return failures > 0;
}
