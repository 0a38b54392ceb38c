// The int8 linear layer: every table against a triple loop, to the bit.
#include <stdio.h>
#include <string.h>

#include "support.h"

typedef struct {
  int rows, outputs, inputs;
  bool zeros, accumulate, extreme;
} product;

static size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

static void test_product(const ck_kernels *table, const product *p, generator *random, fingerprint *print) {
  size_t rows = (size_t)p->rows, outputs = (size_t)p->outputs, inputs = (size_t)p->inputs;
  char shape[96];
  snprintf(shape, sizeof shape, "%zux%zux%zu%s%s%s", rows, outputs, inputs, p->zeros ? ", zeros" : "",
           p->accumulate ? ", accumulated" : "", p->extreme ? ", extreme" : "");

  // The numbers do not depend on the table; its layout is filled afterwards.
  int8_t *activations = fenced(rows * inputs, 1, random), *weights = fenced(outputs * inputs, 1, random);
  // -128 is a value of rows with a zero point only.
  for (size_t i = 0; i < rows * inputs; i++) {
    activations[i] = draw_code(random, p->extreme);
    if (p->zeros && activations[i] == -127 && (draw(random) & 1)) activations[i] = -128;
  }
  for (size_t i = 0; i < outputs * inputs; i++) weights[i] = draw_code(random, p->extreme);
  float *row_scales = fenced(rows * sizeof(float), 4, random);
  int32_t *zeros = fenced(rows * sizeof(int32_t), 4, random);
  for (size_t m = 0; m < rows; m++) {
    row_scales[m] = draw_float(random, 0.02f);
    zeros[m] = draw_between(random, -127, 127);
  }
  size_t padded = round_up(outputs, table->panel), out_stride = outputs + 3;
  float *scales = fenced(padded * sizeof(float), 64, &(generator){1});
  float *bias = fenced(padded * sizeof(float), 64, &(generator){2});
  for (size_t n = 0; n < outputs; n++) {
    scales[n] = draw_float(random, 0.01f);
    bias[n] = draw_float(random, 1);
  }
  memset(scales + outputs, 0, (padded - outputs) * sizeof(float));
  memset(bias + outputs, 0, (padded - outputs) * sizeof(float));
  float *out = fenced(rows * out_stride * sizeof(float), 4, random);
  float *expected = fenced(rows * out_stride * sizeof(float), 4, random);
  for (size_t i = 0; i < rows * out_stride; i++) expected[i] = out[i] = draw_float(random, 100);

  for (size_t m = 0; m < rows; m++) {
    for (size_t n = 0; n < outputs; n++) {
      int32_t sum = 0;
      for (size_t k = 0; k < inputs; k++)
        sum += (activations[m * inputs + k] - (p->zeros ? zeros[m] : 0)) * weights[n * inputs + k];
      float y = (float)sum * row_scales[m] * scales[n] + bias[n];
      float *to = expected + m * out_stride + n;
      *to = p->accumulate ? *to + y : y;
    }
  }

  int8_t *packed = fenced(ck_packed_size(table, outputs, inputs), 64, &(generator){3});
  int32_t *sums = fenced(padded * sizeof(int32_t), 64, &(generator){4});
  if (!ck_pack(table, weights, outputs, inputs, packed, sums)) fail("%s refuses good weights", table->name);
  // Rows at odd addresses; noise between them and in the last group.
  size_t stride = round_up(inputs, table->group) + 1;
  uint8_t *bytes = fenced(rows * stride, 1, &(generator){5});
  for (size_t m = 0; m < rows; m++)
    for (size_t k = 0; k < inputs; k++)
      bytes[m * stride + 1 + k] = (uint8_t)activations[m * inputs + k] ^ (uint8_t)table->activation_mask;
  ck_rows in = {bytes + 1, stride, rows, row_scales, p->zeros ? zeros : NULL};
  ck_linear layer = {packed, sums, scales, bias, outputs, inputs};
  // In two calls, since threads share panels out.
  size_t panels = padded / table->panel, half = panels / 2;
  table->linear(&layer, &in, 0, half, out, out_stride, p->accumulate);
  table->linear(&layer, &in, half, panels - half, out, out_stride, p->accumulate);
  char what[32];
  snprintf(what, sizeof what, "%s linear", table->name);
  expect_same(what, shape, out, expected, rows * out_stride * sizeof(float));
  add(print, out, rows * out_stride * sizeof(float));
  release();
}

void test_linear(const ck_kernels *table, const ck_kernels *scalar, fingerprint *print) {
  (void)scalar;  // The triple loop is exact.
  static const product layers[] = {
      {1, 1, 1, false, false, false},      {5, 15, 3, true, false, true},     {3, 16, 4, false, true, true},
      {4, 17, 5, false, true, false},      {7, 31, 8, true, true, false},     {6, 32, 9, true, true, true},
      {25, 96, 147, false, false, false},  {13, 64, 768, false, true, false}, {9, 40, 3072, true, true, true},
      {9, 33, 3072, false, false, true},
  };
  generator random = {1};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) test_product(table, &layers[i], &random, print);
  // Every height of a tile and every rest of a group, and anything.
  for (int i = 1; i <= 60; i++) {
    product p = {.rows = i <= 26 ? i : draw_between(&random, 1, 40),
                 .outputs = draw_between(&random, 1, 70),
                 .inputs = i <= 26 ? 16 + i : draw_between(&random, 1, 200),
                 .zeros = draw(&random) & 1,
                 .accumulate = draw(&random) & 1,
                 .extreme = draw(&random) % 4 == 0};
    test_product(table, &p, &random, print);
  }
  // No rows: nothing is touched.
  ck_linear none = {.outputs = 8, .inputs = 8};
  float out = 1;
  table->linear(&none, &(ck_rows){.stride = 8}, 0, 1, &out, 8, false);
  if (out != 1) fail("%s linear writes rows that are not there", table->name);
}
