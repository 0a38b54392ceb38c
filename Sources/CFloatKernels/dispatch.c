// The tables of the instruction sets: the only place that lists them.
#include "cfloatkernels.h"
#include "cinstructionsets.h"

extern const cf_kernels cf_avx512f, cf_avx2, cf_scalar;

static const isa_choice tables[] = {
    {"avx512f", ISA_X86(&cf_avx512f, isa_has_avx512)},
    {"avx2", ISA_X86(&cf_avx2, isa_has_avx2_fma)},
    {"scalar", &cf_scalar, isa_always},
    {0},
};

const char *cf_instruction_set(size_t index) { return isa_name(tables, index); }
const cf_kernels *cf_kernels_named(const char *instruction_set) { return isa_named(tables, instruction_set); }
const cf_kernels *cf_kernels_best(void) { return isa_best(tables); }
