// An operation of the float kernels on rows of many widths. They may fuse products and sums, so the last bits of their
// results differ between instruction sets.
#include "floats.h"

#include <math.h>
#include <string.h>

static float *guarded(size_t count, generator *random) {
  float *memory = fenced((count + 2) * sizeof(float), 4, random);
  for (size_t i = 0; i < count + 2; i++) memory[i] = draw_float(random, 3);
  return memory + 1;
}

static float *copy(const float *of, size_t count, generator *random) {
  float *memory = guarded(count, random) - 1;
  memcpy(memory, of - 1, (count + 2) * sizeof(float));
  return memory + 1;
}

static size_t count_of(extent extent, const float_inputs *in) {
  switch (extent) {
    case NONE: return 0;
    case EACH: return in->rows * in->columns;
    case EACH_ROW: return in->rows;
    case EACH_COLUMN: return in->columns;
  }
  return 0;
}

// What the scalar kernels leave of x for those that go backward.
static void prepare(float_inputs *in, generator *random) {
  const cf_kernels *scalar = cf_kernels_named("scalar");
  float *y = guarded(in->rows * in->columns, random);
  float *mean = guarded(in->rows, random), *rstd = guarded(in->rows, random);
  scalar->layer_norm(in->x, in->rows, in->columns, in->gain, in->bias, 1e-5f, y, mean, rstd);
  float *p = copy(in->x, in->rows * in->columns, random);
  scalar->softmax(p, in->rows, in->columns, in->columns, 0.3f, in->columns, 0);
  in->mean = mean;
  in->rstd = rstd;
  in->probabilities = p;
}

static void compare(const char *what, const float_inputs *in, int variant, const float *found, const double *expected,
                    size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (fabs(found[i] - expected[i]) <= 1e-5 * fmax(1, fabs(expected[i]))) continue;
    fail("%s %d, %zu columns: [%zu] is %g, not %g", what, variant, in->columns, i, (double)found[i], expected[i]);
    return;
  }
}

static void check_variant(const float_operation *operation, const cf_kernels *table, const float_inputs *in,
                          int variant, generator *random) {
  const cf_kernels *scalar = cf_kernels_named("scalar");
  float_outputs before, found, same;
  double_outputs expected, scalars;
  for (int i = 0; i < MOST_OUTPUTS; i++) {
    size_t count = count_of(operation->outputs[i], in);
    before.of[i] = guarded(count, random);
    // The third is a second moment, which is never negative.
    for (size_t j = 0; i == 2 && j < count; j++) before.of[i][j] *= before.of[i][j];
    found.of[i] = copy(before.of[i], count, random);
    same.of[i] = copy(before.of[i], count, random);
    expected.of[i] = fenced((count + 1) * sizeof(double), 8, random);
    scalars.of[i] = fenced((count + 1) * sizeof(double), 8, random);
    for (size_t j = 0; j < count; j++) expected.of[i][j] = before.of[i][j];
  }
  operation->run(table, in, variant, found);
  operation->run(scalar, in, variant, same);
  operation->reference(in, variant, expected);
  for (int i = 0; i < MOST_OUTPUTS; i++) {
    size_t count = count_of(operation->outputs[i], in);
    for (size_t j = 0; j < count; j++) scalars.of[i][j] = same.of[i][j];
    compare(operation->name, in, variant, same.of[i], expected.of[i], count);
    compare(table->name, in, variant, found.of[i], scalars.of[i], count);
    for (int end = 0; end < 2; end++) {
      ptrdiff_t at = end ? (ptrdiff_t)count : -1;
      if (found.of[i][at] != before.of[i][at] || same.of[i][at] != before.of[i][at])
        fail("%s %d, %zu columns: written at %td", operation->name, variant, in->columns, at);
    }
  }
}

void check_float(const float_operation *operation, const char *set) {
  static const size_t widths[] = {2, 3, 15, 16, 17, 31, 33, 64, 197, 202};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    for (int variant = 0; variant < operation->variants; variant++) {
      generator random = {widths[i]};
      float_inputs in = {.rows = 3, .columns = widths[i]};
      in.x = guarded(in.rows * in.columns, &random);
      in.dy = guarded(in.rows * in.columns, &random);
      in.gain = guarded(in.columns, &random);
      in.bias = guarded(in.columns, &random);
      prepare(&in, &random);
      check_variant(operation, cf_kernels_named(set), &in, variant, &random);
      release();
    }
  }
}
