#pragma once
// Which instruction sets this processor has, and how a C target chooses among its tables of functions by them.
//
// A target that has the same functions for several instruction sets keeps one list of choices and nothing else that
// names them:
//
//   static const isa_choice tables[] = {
//       {"dotprod", ISA_ARM(&ck_dotprod, isa_has_dotprod)},
//       {"avx2", ISA_X86(&ck_avx2, isa_has_avx2)},
//       {"scalar", &ck_scalar, isa_always},
//       {0},
//   };
//
// Of the choices of one architecture the better stand before the others; the last is plain C, which runs anywhere.
#include <stdbool.h>
#include <stddef.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#define ISA_NULLABLE _Nullable
#else
#define ISA_NULLABLE
#endif

/// A table of functions, and when it can be used.
typedef struct {
  /// As people write it. One set may have several tables, one after another.
  const char *ISA_NULLABLE instruction_set;
  /// NULL in a build for another architecture.
  const void *ISA_NULLABLE table;
  /// Whether this processor, and the system on it, have all that the table needs.
  bool (*ISA_NULLABLE runs_here)(void);
} isa_choice;

/// The first table that runs here.
const void *isa_best(const isa_choice *choices);
/// The first table of an instruction set that runs here, or NULL.
const void *ISA_NULLABLE isa_named(const isa_choice *choices, const char *instruction_set);
/// The name of the instruction set at `index`, whether it runs here or not; NULL past the last.
const char *ISA_NULLABLE isa_name(const isa_choice *choices, size_t index);

/// What any processor of the architecture has.
bool isa_always(void);

// A table of one architecture and its condition, for the list; neither exists elsewhere.
#if defined(__x86_64__)
#define ISA_X86(TABLE, RUNS_HERE) TABLE, RUNS_HERE
bool isa_has_avx2(void);
bool isa_has_avx2_fma(void);
/// VNNI for 256 bits in AVX2's encoding.
bool isa_has_avxvnni(void);
/// VNNI for 256 bits in AVX-512's encoding.
bool isa_has_avx512vl_vnni(void);
/// VNNI for 512 bits, with operations on bytes.
bool isa_has_avx512bw_vnni(void);
/// AVX-512 as all servers have it: F, DQ, VL, BW.
bool isa_has_avx512(void);
#else
#define ISA_X86(TABLE, RUNS_HERE) NULL, NULL
#endif

#if defined(__aarch64__)
#define ISA_ARM(TABLE, RUNS_HERE) TABLE, RUNS_HERE
bool isa_has_dotprod(void);
bool isa_has_i8mm(void);
#else
#define ISA_ARM(TABLE, RUNS_HERE) NULL, NULL
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif
