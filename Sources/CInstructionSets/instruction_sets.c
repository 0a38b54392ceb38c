#include "cinstructionsets.h"

#include <string.h>

static bool runs_here(const isa_choice *choice) { return choice->table && choice->runs_here(); }

const void *isa_best(const isa_choice *choices) {
  while (!runs_here(choices)) choices++;  // ends at plain C at the latest
  return choices->table;
}

const void *isa_named(const isa_choice *choices, const char *instruction_set) {
  for (; choices->instruction_set; choices++)
    if (strcmp(choices->instruction_set, instruction_set) == 0 && runs_here(choices)) return choices->table;
  return NULL;
}

const char *isa_name(const isa_choice *choices, size_t index) {
  for (const char *previous = ""; choices->instruction_set; previous = choices++->instruction_set) {
    if (strcmp(choices->instruction_set, previous) == 0) continue;
    if (index-- == 0) return choices->instruction_set;
  }
  return NULL;
}

bool isa_always(void) { return true; }

#if defined(__x86_64__)
// The compiler's own detection, which also asks whether the system saves the registers.
#define HAS(FEATURE) (__builtin_cpu_supports(FEATURE) != 0)

bool isa_has_avx2(void) { return HAS("avx2"); }
bool isa_has_avx2_fma(void) { return HAS("avx2") && HAS("fma"); }
bool isa_has_avxvnni(void) { return HAS("avx2") && HAS("avxvnni"); }
bool isa_has_avx512vl_vnni(void) { return HAS("avx512vl") && HAS("avx512vnni"); }
bool isa_has_avx512bw_vnni(void) { return HAS("avx512bw") && HAS("avx512vl") && HAS("avx512vnni"); }
bool isa_has_avx512(void) { return HAS("avx512f") && HAS("avx512dq") && HAS("avx512vl") && HAS("avx512bw"); }

#elif defined(__aarch64__)
#include <sys/auxv.h>

// As <asm/hwcap.h> of recent kernels has them; older ones lack the last.
enum { HAS_DOT_PRODUCT = 1 << 20, HAS_I8MM = 1 << 13 };

bool isa_has_dotprod(void) { return (getauxval(AT_HWCAP) & HAS_DOT_PRODUCT) != 0; }
bool isa_has_i8mm(void) { return (getauxval(AT_HWCAP2) & HAS_I8MM) != 0; }
#endif
