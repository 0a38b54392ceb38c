// The checks of our own C outside Swift, for machines that only an emulator plays:
//   main BEST PATH
// fails unless BEST is the instruction set that the engine would choose here and PATH that of the kernels on pixels,
// runs every check there is for this processor, and prints a hash of all results of each that has one: "linear neon
// 0123456789abcdef". The hashes are the same on every machine.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cimaging.h"
#include "ckernels.h"
#include "kernel_checks.h"

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: %s BEST-INSTRUCTION-SET BEST-FOR-PIXELS\n", arguments[0]);
    return 64;
  }
  const char *best[] = {ck_kernels_best()->name, ci_kernels_best()->name};
  int failures = 0;
  for (int i = 0; i < 2; i++) {
    if (strcmp(best[i], arguments[1 + i]) == 0) continue;
    fprintf(stderr, "FAILED: the best instruction set is %s, not %s\n", best[i], arguments[1 + i]);
    failures++;
  }
  kc_check check;
  for (size_t i = 0; (check = kc_at(i)).operation; i++) {
    uint64_t hash;
    const char *failure = kc_run(i, &hash);
    if (failure) {
      fprintf(stderr, "FAILED: %s, %s:\n%s", check.operation, check.instruction_set, failure);
      failures++;
    }
    if (hash) printf("%s %s %016" PRIx64 "\n", check.operation, check.instruction_set, hash);
    fflush(stdout);
  }
  return failures > 0;
}
