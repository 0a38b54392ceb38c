// The tables of the instruction sets: the only place that lists them.
#include "cinstructionsets.h"
#include "internal.h"

extern const ck_kernels ck_i8mm, ck_dotprod, ck_neon, ck_avx512vnni, ck_avxvnni, ck_avxvnni_evex, ck_avx2, ck_scalar;

static const isa_choice tables[] = {
    {"i8mm", ISA_ARM(&ck_i8mm, isa_has_i8mm)},
    {"dotprod", ISA_ARM(&ck_dotprod, isa_has_dotprod)},
    {"neon", ISA_ARM(&ck_neon, isa_always)},
    {"avx512vnni", ISA_X86(&ck_avx512vnni, isa_has_avx512bw_vnni)},
    {"avxvnni", ISA_X86(&ck_avxvnni, isa_has_avxvnni)},
    {"avxvnni", ISA_X86(&ck_avxvnni_evex, isa_has_avx512vl_vnni)},
    {"avx2", ISA_X86(&ck_avx2, isa_has_avx2)},
    {"scalar", &ck_scalar, isa_always},
    {0},
};

const char *ck_instruction_set(size_t index) { return isa_name(tables, index); }
const ck_kernels *ck_kernels_named(const char *instruction_set) { return isa_named(tables, instruction_set); }
const ck_kernels *ck_kernels_best(void) { return isa_best(tables); }
