// Attention: every table against the scalar one to the bit, that one against doubles.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

typedef struct {
  size_t rows, positions, head_dim;
  bool extreme;
} shape;

enum { HEADS = 2 };

typedef struct {
  size_t stride, capacity, output_stride;
  int8_t *queries, *keys, *values;
  float *query_scales, *key_scales, *value_scales;
} operands;

// All heads at once, or each as another thread would do it.
static float *run(const ck_kernels *table, const shape *s, const operands *o, bool in_parts) {
  generator filler = {9};
  size_t query_bytes = s->rows * HEADS * o->stride;
  uint8_t *queries = fenced(query_bytes, 1, &filler);
  for (size_t i = 0; i < query_bytes; i++)
    queries[i] = (uint8_t)o->queries[i] ^ (uint8_t)table->activation_mask;
  float *output = fenced(s->rows * o->output_stride * sizeof(float), 4, &filler);
  for (size_t i = 0; i < s->rows * o->output_stride; i++) output[i] = -7;
  size_t scratch = (ck_attention_scratch(s->positions, s->head_dim) + 63) / 64 * 64;
  ck_attention all = {
      .queries = queries,
      .query_scales = o->query_scales,
      .keys = {o->keys, o->key_scales, o->capacity},
      .values = {o->values, o->value_scales, o->capacity},
      .rows = s->rows,
      .positions = s->positions,
      .heads = HEADS,
      .head_count = HEADS,
      .head_dim = s->head_dim,
      .score_scale = 1.442695f / sqrtf((float)s->head_dim),
      .output = output,
      .output_stride = o->output_stride,
      .scratch = fenced(HEADS * scratch, 64, &filler),
  };
  if (in_parts) {
    ck_shared_attention shared = {table, all, all.scratch, scratch};
    for (uint32_t head = HEADS; head-- > 0;) {
      uint64_t products = ck_attend(&shared, head, head, 1);
      if (products != 2 * s->rows * s->positions * s->head_dim) fail("%zu products of a head", (size_t)products);
    }
  } else {
    table->attention(&all);
  }
  return output;
}

static int8_t *draw_codes(size_t count, const shape *s, size_t stride, generator *random) {
  int8_t *codes = fenced(count, 1, random);
  // Beyond a head's channels stand zeros.
  for (size_t i = 0; i < count; i++) codes[i] = i % stride < s->head_dim ? draw_code(random, s->extreme) : 0;
  return codes;
}

static float *draw_scales(size_t count, float scale, generator *random) {
  float *scales = fenced(count * sizeof(float), 4, random);
  for (size_t i = 0; i < count; i++) scales[i] = fabsf(draw_float(random, scale));
  return scales;
}

static void compare(const float *output, const shape *s, const operands *o) {
  double weights[512], worst = 0, largest = 0;
  for (size_t m = 0; m < s->rows; m++) {
    for (size_t h = 0; h < HEADS; h++) {
      double top = -INFINITY, total = 0;
      for (size_t j = 0; j < s->positions; j++) {
        int32_t sum = 0;
        for (size_t c = 0; c < s->head_dim; c++)
          sum += o->queries[(m * HEADS + h) * o->stride + c] * o->keys[(h * o->capacity + j) * o->stride + c];
        weights[j] = (double)sum * o->query_scales[m * HEADS + h] * o->key_scales[h * o->capacity + j] /
                     sqrt((double)s->head_dim);
        top = fmax(top, weights[j]);
      }
      for (size_t j = 0; j < s->positions; j++) total += weights[j] = exp(weights[j] - top);
      for (size_t c = 0; c < s->head_dim; c++) {
        double expected = 0, peak = 0;
        for (size_t j = 0; j < s->positions; j++) {
          double share = weights[j] / total * o->value_scales[h * o->capacity + j];
          expected += share * o->values[(h * o->capacity + j) * o->stride + c];
          peak = fmax(peak, share);
        }
        // Weights have eight bits: half a step of the largest, for each position.
        double found = output[m * o->output_stride + h * s->head_dim + c];
        double bound = (0.51 / 255 * (double)s->positions + 1e-4) * peak * 127;
        if (!(fabs(found - expected) <= bound))
          fail("attention %zu of %zu, heads of %zu: %g, not %g", s->rows, s->positions, s->head_dim, found, expected);
        worst = fmax(worst, fabs(found - expected));
        largest = fmax(largest, fabs(expected));
      }
    }
    for (size_t c = HEADS * s->head_dim; c < o->output_stride; c++)
      if (output[m * o->output_stride + c] != -7) fail("attention wrote behind a row");
  }
  // All errors of that size at once are too much for ordinary numbers, whose errors have either sign.
  if (!s->extreme && !(worst < 0.02 * largest))
    fail("attention %zu of %zu, heads of %zu: off by %g of %g", s->rows, s->positions, s->head_dim, worst, largest);
}

static void check_shape(const ck_kernels *table, const ck_kernels *scalar, const shape *s, generator *random,
                       uint64_t *hash) {
  operands o = {.stride = ck_head_stride(s->head_dim), .capacity = (s->positions + 31) / 32 * 32,
                .output_stride = HEADS * s->head_dim + 5};
  o.queries = draw_codes(s->rows * HEADS * o.stride, s, o.stride, random);
  // What stands behind the last position must not matter.
  o.keys = draw_codes(HEADS * o.capacity * o.stride, s, o.stride, random);
  o.values = draw_codes(HEADS * o.capacity * o.stride, s, o.stride, random);
  o.query_scales = draw_scales(s->rows * HEADS, 0.03f, random);
  o.key_scales = draw_scales(HEADS * o.capacity, 0.01f, random);
  o.value_scales = draw_scales(HEADS * o.capacity, 1, random);
  float *found = run(table, s, &o, false), *parts = run(table, s, &o, true), *expected = run(scalar, s, &o, false);
  compare(expected, s, &o);
  char what[32], name[64];
  snprintf(what, sizeof what, "%s attention", table->name);
  snprintf(name, sizeof name, "%zu of %zu, heads of %zu", s->rows, s->positions, s->head_dim);
  expect_same(what, name, found, expected, s->rows * o.output_stride * sizeof(float));
  expect_same(what, "in parts", parts, found, s->rows * o.output_stride * sizeof(float));
  add(hash, found, s->rows * o.output_stride * sizeof(float));
  release();
}

void check_attention(const char *set, uint64_t *hash) {
  const ck_kernels *table = ck_kernels_named(set), *scalar = ck_kernels_named("scalar");
  static const size_t listed[][3] = {{1, 1, 16},  {2, 5, 64},   {12, 16, 64}, {13, 31, 64}, {7, 32, 40},
                                     {5, 33, 80}, {30, 50, 88}, {25, 70, 64}, {6, 202, 64}};
  generator random = {2};
  for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
    for (int extreme = 0; extreme < 2; extreme++) {
      shape s = {listed[i][0], listed[i][1], listed[i][2], extreme};
      check_shape(table, scalar, &s, &random, hash);
    }
  }
  for (int i = 0; i < 30; i++) {
    shape s = {(size_t)draw_between(&random, 1, 20), (size_t)draw_between(&random, 1, 90),
               (size_t)draw_between(&random, 1, 96), draw(&random) % 4 == 0};
    check_shape(table, scalar, &s, &random, hash);
  }
}
