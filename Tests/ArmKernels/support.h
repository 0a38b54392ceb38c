#pragma once
// What the tests of one operation share: numbers, fenced memory, comparisons, a hash of all results.
//
// Nothing that is hashed may depend on libm, whose last bits differ between machines.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckernels.h"

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

/// Reports a failure; the program ends with 1 then.
__attribute__((format(printf, 1, 2))) void fail(const char *format, ...);
extern int failures;

/// Two results must be equal in each bit; `what` says of which table and operation.
void expect_same(const char *what, const char *shape, const void *found, const void *expected, size_t bytes);

/// A hash of everything added, in order.
typedef struct {
  uint64_t value;
} fingerprint;
void add(fingerprint *print, const void *bytes, size_t count);

/// One operation of a table against the scalar table and a plain loop; adds all results to the fingerprint.
typedef void operation_test(const ck_kernels *table, const ck_kernels *scalar, fingerprint *print);
operation_test test_linear, test_layer_norm, test_quantise, test_gelu, test_heads, test_attention, test_project,
    test_dot;
/// The reference's own softmax, which has no tables.
void test_softmax(fingerprint *print);
/// All paths of the resampler that this processor has; prints their fingerprints.
void test_resamplers(const char *expected);
