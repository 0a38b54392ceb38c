#pragma once
// What the checks share: numbers, fenced memory, comparisons, a hash of all results.
//
// Nothing that is hashed may depend on libm, whose last bits differ between machines.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cfloatkernels.h"
#include "cimaging.h"
#include "ckernels.h"

// A product and the sum after it are two roundings here as in the kernels.
#pragma clang fp contract(off)

/// SplitMix64.
typedef struct {
  uint64_t state;
} generator;
uint64_t draw(generator *random);
/// low...high
int draw_between(generator *random, int low, int high);
/// About normal, standard deviation `scale`: exact sums of uniform numbers.
float draw_float(generator *random, float scale);
/// -127...127, or only the two ends.
int8_t draw_code(generator *random, bool extreme);

/// Memory whose end lies before a page that cannot be touched (within the alignment, filled with a pattern that
/// `release` checks). Filled with random bytes.
void *fenced(size_t size, size_t alignment, generator *random);
/// Checks and frees all fenced memory.
void release(void);

/// Reports a failure of the check that this thread runs.
__attribute__((format(printf, 1, 2))) void fail(const char *format, ...);
/// Forgets the failures of the check before.
void begin_report(void);
/// What was reported since, or NULL.
const char *end_report(void);

/// Two results must be equal in each bit; `what` says of which table and operation.
void expect_same(const char *what, const char *shape, const void *found, const void *expected, size_t bytes);

/// Adds to a hash of everything added so far, in order.
void add(uint64_t *hash, const void *bytes, size_t count);

/// Checks an operation on one instruction set; adds all results to the hash if they are to be the same everywhere.
typedef void check_body(const char *instruction_set, uint64_t *hash);

// The int8 kernels.
check_body check_pack, check_linear, check_layer_norm, check_quantise, check_gelu, check_heads, check_attention,
    check_project, check_dot, check_peak, check_softmax;
// The kernels on pixels.
check_body check_resample;
// Threads that share work: by itself, and products.
check_body check_share, check_slow_core, check_steps, check_shared_linear;
// The float kernels.
check_body check_float_layer_norm, check_float_layer_norm_backward, check_float_softmax, check_float_softmax_backward,
    check_float_activate, check_float_activate_backward, check_float_add_bias, check_float_add_column_sums,
    check_float_scale_add, check_float_adamw;
