// The tables of the instruction sets: the only place that lists them.
#include "cimaging.h"
#include "cinstructionsets.h"

extern const ci_kernels ci_neon, ci_avx2, ci_scalar;

static const isa_choice tables[] = {
    {"neon", ISA_ARM(&ci_neon, isa_always)},
    {"avx2", ISA_X86(&ci_avx2, isa_has_avx2)},
    {"scalar", &ci_scalar, isa_always},
    {0},
};

const char *ci_instruction_set(size_t index) { return isa_name(tables, index); }
const ci_kernels *ci_kernels_named(const char *instruction_set) { return isa_named(tables, instruction_set); }
const ci_kernels *ci_kernels_best(void) { return isa_best(tables); }
