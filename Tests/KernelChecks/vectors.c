// Projection, dot product and softmax in float: every table against the scalar one to the bit, that one against
// doubles.
#include <math.h>
#include <stdio.h>

#include "support.h"

static float *draw_floats(size_t count, float scale, generator *random) {
  float *x = fenced(count * sizeof(float), 4, random);
  for (size_t i = 0; i < count; i++) x[i] = draw_float(random, scale);
  return x;
}

void check_project(const char *set, uint64_t *hash) {
  const ck_kernels *table = ck_kernels_named(set), *scalar = ck_kernels_named("scalar");
  static const size_t sizes[] = {1, 15, 16, 40, 64, 100, 192};
  generator random = {5};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t width = 48, outputs = sizes[i], first = outputs / 32 * 16, bytes = outputs * sizeof(float);
    float *x = draw_floats(width, 1, &random), *w = draw_floats(width * outputs, 1, &random);
    float *out[2];
    for (int j = 0; j < 2; j++) {
      const ck_kernels *k = j ? scalar : table;
      out[j] = fenced(bytes, 4, &(generator){6});
      k->project(x, width, w, outputs, 0, first, out[j]);
      k->project(x, width, w, outputs, first, outputs - first, out[j]);
    }
    for (size_t n = 0; n < outputs; n++) {
      double expected = 0;
      for (size_t k = 0; k < width; k++) expected += (double)x[k] * w[k * outputs + n];
      if (!(fabs(out[1][n] - expected) < 1e-4)) fail("project: %g, not %g", (double)out[1][n], expected);
    }
    char what[32], shape[32];
    snprintf(what, sizeof what, "%s project", table->name);
    snprintf(shape, sizeof shape, "%zu outputs", outputs);
    expect_same(what, shape, out[0], out[1], bytes);
    add(hash, out[0], bytes);
    release();
  }
}

void check_dot(const char *set, uint64_t *hash) {
  const ck_kernels *table = ck_kernels_named(set), *scalar = ck_kernels_named("scalar");
  generator random = {6};
  for (size_t count = 0; count <= 100; count++) {
    float *a = draw_floats(count, 1, &random), *b = draw_floats(count, 1, &random);
    float found = table->dot(a, b, count), same = scalar->dot(a, b, count);
    double expected = 0;
    for (size_t i = 0; i < count; i++) expected += (double)a[i] * b[i];
    if (!(fabs(same - expected) < 1e-4)) fail("dot: %g, not %g", (double)same, expected);
    char what[32], shape[32];
    snprintf(what, sizeof what, "%s dot", table->name);
    snprintf(shape, sizeof shape, "%zu numbers", count);
    expect_same(what, shape, &found, &same, sizeof found);
    add(hash, &found, sizeof found);
    release();
  }
}

void check_peak(const char *set, uint64_t *hash) {
  (void)hash;  // How many products a round has differs.
  const ck_kernels *table = ck_kernels_named(set);
  if (table->peak(3) % 3 != 0 || table->peak(3) == 0) fail("%s counts no products", set);
}

void check_softmax(const char *set, uint64_t *hash) {
  (void)set;
  generator random = {7};
  for (size_t count = 1; count <= 70; count++) {
    float *x = draw_floats(count, 20, &random), *y = fenced(count * sizeof(float), 4, &random);
    double top = -INFINITY, total = 0;
    for (size_t i = 0; i < count; i++) top = fmax(top, y[i] = x[i]);
    ck_softmax(y, count);
    for (size_t i = 0; i < count; i++) total += exp(x[i] - top);
    for (size_t i = 0; i < count; i++) {
      double expected = exp(x[i] - top) / total;
      if (!(fabs(y[i] - expected) < 1e-5)) fail("softmax: %g, not %g", (double)y[i], expected);
    }
    add(hash, y, count * sizeof(float));
    release();
  }
}
