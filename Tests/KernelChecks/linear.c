// The int8 linear layer: every table against a triple loop, to the bit.
#include <stdio.h>
#include <string.h>

#include "support.h"

// What activations and weights are: of all values, of the two ends, or the least that there is.
typedef enum { ANY, ENDS, LEAST } numbers;

typedef struct {
  int rows, outputs, inputs;
  bool zeros, accumulate;
  numbers numbers;
} product;

static int8_t draw_number(generator *random, int least, numbers numbers) {
  switch (numbers) {
    case ANY: return (int8_t)draw_between(random, least, 127);
    case ENDS: return draw(random) & 1 ? 127 : (int8_t)least;
    case LEAST: break;
  }
  return (int8_t)least;
}

static size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

static void check_product(const ck_kernels *table, const product *p, generator *random, uint64_t *hash) {
  size_t rows = (size_t)p->rows, outputs = (size_t)p->outputs, inputs = (size_t)p->inputs;
  char shape[96];
  static const char *kinds[] = {"", ", ends", ", least"};
  snprintf(shape, sizeof shape, "%zux%zux%zu%s%s%s", rows, outputs, inputs, p->zeros ? ", zeros" : "",
           p->accumulate ? ", accumulated" : "", kinds[p->numbers]);

  // The numbers do not depend on the table; its layout is filled afterwards.
  int8_t *activations = fenced(rows * inputs, 1, random), *weights = fenced(outputs * inputs, 1, random);
  for (size_t i = 0; i < rows * inputs; i++) activations[i] = draw_number(random, -128, p->numbers);
  for (size_t i = 0; i < outputs * inputs; i++) weights[i] = draw_number(random, -127, p->numbers);
  float *row_scales = fenced(rows * sizeof(float), 4, random);
  int32_t *zeros = fenced(rows * sizeof(int32_t), 4, random);
  for (size_t m = 0; m < rows; m++) {
    row_scales[m] = draw_float(random, 0.02f);
    zeros[m] = draw_between(random, -128, 127);
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
  // Rows at odd addresses, as close as may be or further apart; noise between them and in the last group.
  size_t stride = round_up(inputs, table->group) + (rows % 2 ? 1 : 17);
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
  add(hash, out, rows * out_stride * sizeof(float));
  release();
}

static void check_kinds(const ck_kernels *table, const int shape[3], generator *random, uint64_t *hash) {
  static const struct {
    bool zeros, accumulate;
    numbers numbers;
  } kinds[] = {{false, false, ANY}, {true, true, ANY}, {true, false, ENDS}, {false, true, LEAST}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    product p = {shape[0], shape[1], shape[2], kinds[i].zeros, kinds[i].accumulate, kinds[i].numbers};
    check_product(table, &p, random, hash);
  }
}

void check_linear(const char *set, uint64_t *hash) {
  const ck_kernels *table = ck_kernels_named(set);
  // Around every tile's sizes, and layers of real models.
  static const int layers[][3] = {{1, 1, 1},     {1, 8, 8},     {5, 15, 3},    {3, 16, 4},     {4, 17, 5},
                                  {7, 31, 8},    {6, 32, 9},    {12, 33, 63},  {13, 63, 64},   {24, 64, 65},
                                  {25, 96, 147}, {37, 64, 768}, {13, 64, 768}, {65, 192, 192}, {9, 40, 3072}};
  generator random = {1};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) check_kinds(table, layers[i], &random, hash);
  for (int rows = 1; rows <= 14; rows++) check_kinds(table, (int[]){rows, 35, 37}, &random, hash);
  // Every height of a tile and every rest of a group, and anything.
  for (int i = 1; i <= 60; i++) {
    product p = {.rows = i <= 26 ? i : draw_between(&random, 1, 40),
                 .outputs = draw_between(&random, 1, 70),
                 .inputs = i <= 26 ? 16 + i : draw_between(&random, 1, 200),
                 .zeros = draw(&random) & 1,
                 .accumulate = draw(&random) & 1,
                 .numbers = draw(&random) % 4 == 0 ? ENDS : ANY};
    check_product(table, &p, &random, hash);
  }
  // No rows: nothing is touched.
  ck_linear none = {.outputs = 8, .inputs = 8};
  float out = 1;
  table->linear(&none, &(ck_rows){.stride = 8}, 0, 1, &out, 8, false);
  if (out != 1) fail("%s linear writes rows that are not there", table->name);
}

void check_pack(const char *set, uint64_t *hash) {
  enum { OUTPUTS = 20, INPUTS = 9 };
  (void)hash;  // The layout differs.
  const ck_kernels *table = ck_kernels_named(set);
  generator random = {10};
  int8_t *packed = fenced(ck_packed_size(table, OUTPUTS, INPUTS), 64, &random), weights[OUTPUTS * INPUTS];
  int32_t *sums = fenced(round_up(OUTPUTS, table->panel) * sizeof(int32_t), 64, &random);
  memset(weights, 1, sizeof weights);
  for (size_t at = 0; at < sizeof weights; at++) {
    weights[at] = -127;
    if (!ck_pack(table, weights, OUTPUTS, INPUTS, packed, sums)) fail("%s refuses -127 at %zu", set, at);
    weights[at] = -128;
    if (ck_pack(table, weights, OUTPUTS, INPUTS, packed, sums)) fail("%s packs -128 at %zu", set, at);
    weights[at] = 1;
  }
  release();
}
