// The kernels on rows: every table against the scalar one to the bit, that one against doubles.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

// What a kernel leaves of some rows. Bytes are stored without the table's mask.
enum { MOST_ROWS = 10, WIDEST = 768 };
typedef struct {
  float values[MOST_ROWS * WIDEST], scales[MOST_ROWS];
  int32_t zeros[MOST_ROWS];
  int8_t codes[MOST_ROWS * WIDEST];
} outcome;

typedef struct {
  size_t rows, width;
  const float *x, *gain, *bias;
  float epsilon;
  ck_gelu kind;
} operands;

typedef void kernel(const ck_kernels *table, const operands *o, outcome *to, uint8_t *bytes, size_t stride);
typedef void reference(const operands *o, const outcome *found);

static const struct {
  size_t rows, width;
} shapes[] = {{1, 16}, {3, 48}, {4, 64}, {5, 80}, {10, 192}, {6, 768}};

// Ordinary rows, then one of small, zero, huge, tiny, subnormal and large numbers; in the third and the ninth many lie
// in the middle between two steps.
static void fill(float *x, size_t rows, size_t width, generator *random) {
  static const float scales[] = {2, 2, 0, 0.001f, 0, 1e30f, 1e-32f, 1e-41f, 0, 30};
  for (size_t i = 0; i < rows * width; i++) {
    bool halves = i / width == 2 || i / width == 8;
    x[i] = halves ? (float)draw_between(random, -254, 254) / 2 : draw_float(random, scales[i / width]);
    if (halves && i % width == 0) x[i] = 127;
  }
}

static outcome run(const ck_kernels *table, const operands *o, kernel *body) {
  outcome result;
  memset(&result, 0, sizeof result);
  // Odd addresses, and rows further apart than needed.
  size_t stride = o->width + 17, size = (o->rows - 1) * stride + o->width;
  uint8_t *bytes = fenced(1 + size, 1, &(generator){7});
  memset(bytes, 0x77, 1 + size);
  body(table, o, &result, bytes + 1, stride);
  for (size_t i = 0; i < size; i++) {
    size_t row = i / stride, column = i % stride;
    if (column < o->width)
      result.codes[row * o->width + column] = (int8_t)(bytes[1 + i] ^ (uint8_t)table->activation_mask);
    else if (bytes[1 + i] != 0x77) fail("%s wrote behind a row", table->name);
  }
  return result;
}

static void check_rows(const char *name, const char *set, kernel *body, reference *compare, uint64_t *hash) {
  const ck_kernels *table = ck_kernels_named(set), *scalar = ck_kernels_named("scalar");
  generator random = {3};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    operands o = {.rows = shapes[i].rows, .width = shapes[i].width};
    float *x = fenced(o.rows * o.width * sizeof(float), 4, &random);
    float *gain = fenced(o.width * sizeof(float), 4, &random), *bias = fenced(o.width * sizeof(float), 4, &random);
    fill(x, o.rows, o.width, &random);
    for (size_t c = 0; c < o.width; c++) {
      gain[c] = draw_float(&random, 1);
      bias[c] = draw_float(&random, 1);
    }
    o.x = x;
    o.gain = gain;
    o.bias = bias;
    for (int kind = 0; kind < 3; kind++) {
      o.kind = (ck_gelu[]){CK_GELU_QUICK, CK_GELU_EXACT, CK_GELU_TANH}[kind];
      o.epsilon = (float[]){1e-5f, 1e-6f, 0.1f}[kind];
      outcome found = run(table, &o, body), expected = run(scalar, &o, body);
      compare(&o, &expected);
      char what[48], shape[48];
      snprintf(what, sizeof what, "%s %s", table->name, name);
      snprintf(shape, sizeof shape, "%zux%zu", o.rows, o.width);
      expect_same(what, shape, &found, &expected, sizeof found);
      add(hash, &found, sizeof found);
    }
    release();
  }
}

static void layer_norm(const ck_kernels *table, const operands *o, outcome *to, uint8_t *bytes, size_t stride) {
  float *out = fenced(o->rows * o->width * sizeof(float), 4, &(generator){8});
  table->layer_norm(o->x, o->rows, o->width, o->gain, o->bias, o->epsilon, out);
  memcpy(to->values, out, o->rows * o->width * sizeof(float));
  table->layer_norm_quantise(o->x, o->rows, o->width, o->gain, o->bias, o->epsilon, bytes, stride, to->scales);
}

static void compare_layer_norm(const operands *o, const outcome *found) {
  // The first rows only: 1e30 squared is no float.
  for (size_t r = 0; r < o->rows && r < 3; r++) {
    const float *x = o->x + r * o->width;
    double mean = 0, variance = 0;
    for (size_t c = 0; c < o->width; c++) mean += x[c] / (double)o->width;
    for (size_t c = 0; c < o->width; c++) variance += (x[c] - mean) * (x[c] - mean) / (double)o->width;
    for (size_t c = 0; c < o->width; c++) {
      double expected = (x[c] - mean) / sqrt(variance + (double)o->epsilon) * o->gain[c] + o->bias[c];
      double scale = found->scales[r], code = found->codes[r * o->width + c];
      if (!(fabs(found->values[r * o->width + c] - expected) < 1e-5 * (1 + fabs(expected))))
        fail("layer_norm: %g, not %g", (double)found->values[r * o->width + c], expected);
      if (!(fabs(code * scale - expected) < 0.501 * scale + 1e-5))
        fail("layer_norm_quantise: %g, not %g", code * scale, expected);
    }
  }
}

static void quantise(const ck_kernels *table, const operands *o, outcome *to, uint8_t *bytes, size_t stride) {
  table->quantise(o->x, o->rows, o->width, bytes, stride, to->scales);
}

static void check_code(const char *what, int8_t code, float scale, float x) {
  if (scale == 0 ? code != 0 : !(code != -128 && fabs((double)code - (double)x / scale) <= 0.501))
    fail("%s: %d for %g in steps of %g", what, code, (double)x, (double)scale);
}

static void compare_quantise(const operands *o, const outcome *found) {
  for (size_t i = 0; i < o->rows * o->width; i++)
    check_code("quantise", found->codes[i], found->scales[i / o->width], o->x[i]);
}

static void gelu(const ck_kernels *table, const operands *o, outcome *to, uint8_t *bytes, size_t stride) {
  float *x = fenced(o->rows * o->width * sizeof(float), 4, &(generator){8});
  memcpy(x, o->x, o->rows * o->width * sizeof(float));
  // In two parts, as threads share them.
  ck_shared_gelu shared = {table, x, o->width, o->kind, bytes, stride, to->scales, to->zeros};
  size_t half = o->rows / 2;
  ck_apply_gelu(&shared, 1, half, o->rows - half);
  ck_apply_gelu(&shared, 0, 0, half);
  memcpy(to->values, x, o->rows * o->width * sizeof(float));
}

static double gelu_of(ck_gelu kind, double x) {
  switch (kind) {
  case CK_GELU_QUICK: return x / (1 + exp(-1.702 * x));
  case CK_GELU_EXACT: return 0.5 * x * erfc(-x / sqrt(2));
  case CK_GELU_TANH: return x / (1 + exp(-2 * 0.79788456080286536 * (x + 0.044715 * x * x * x)));
  }
  return NAN;
}

static void compare_gelu(const operands *o, const outcome *found) {
  for (size_t i = 0; i < o->rows * o->width; i++) {
    double x = o->x[i], y = found->values[i], scale = found->scales[i / o->width];
    double expected = gelu_of(o->kind, x);
    if (!(fabs(y - expected) <= 5e-6 * (0.1 + fabs(expected)))) fail("gelu of %g: %g, not %g", x, y, expected);
    double decoded = (found->codes[i] - found->zeros[i / o->width]) * scale;
    if (!(fabs(decoded - y) <= 1.01 * scale)) fail("gelu_quantise of %g: %g, not %g", x, decoded, y);
  }
}

void check_layer_norm(const char *set, uint64_t *hash) {
  check_rows("layer_norm", set, layer_norm, compare_layer_norm, hash);
}
void check_quantise(const char *set, uint64_t *hash) { check_rows("quantise", set, quantise, compare_quantise, hash); }
void check_gelu(const char *set, uint64_t *hash) { check_rows("gelu", set, gelu, compare_gelu, hash); }

void check_heads(const char *set, uint64_t *hash) {
  enum { ROWS = 6, HEADS = 3 };
  const ck_kernels *table = ck_kernels_named(set), *scalar = ck_kernels_named("scalar");
  generator random = {4};
  for (size_t head_dim = 1; head_dim <= 96; head_dim += head_dim < 20 ? 1 : 4) {
    size_t stride = ck_head_stride(head_dim), x_stride = HEADS * head_dim + 7, size = ROWS * HEADS * stride;
    size_t count = (ROWS - 1) * x_stride + HEADS * head_dim;
    float *rows = fenced(ROWS * x_stride * sizeof(float), 4, &random), *x = fenced(count * sizeof(float), 4, &random);
    fill(rows, ROWS, x_stride, &random);
    memcpy(x, rows, count * sizeof(float));
    for (size_t c = 0; c < head_dim; c++) x[x_stride + c] = 0;
    // Keys and values are stored as they are, queries as the table's products want them.
    for (int masked = 0; masked < 2; masked++) {
      uint8_t *bytes[2], mask = masked ? 0x80 : 0;
      float *scales[2];
      for (int i = 0; i < 2; i++) {
        bytes[i] = fenced(size, 1, &(generator){8});
        scales[i] = fenced(HEADS * ROWS * sizeof(float), 4, &(generator){8});
        (i ? scalar : table)->quantise_heads(x, x_stride, ROWS, HEADS, head_dim, mask, bytes[i], stride,
                                             ROWS * stride, scales[i], 1, ROWS);
      }
      for (size_t i = 0; i < size; i++) {
        size_t c = i % stride, r = i / stride % ROWS, h = i / stride / ROWS;
        float value = c < head_dim ? x[r * x_stride + h * head_dim + c] : 0;
        check_code("quantise_heads", (int8_t)(bytes[1][i] ^ mask), scales[1][h * ROWS + r], value);
      }
      char what[48], shape[32];
      snprintf(what, sizeof what, "%s quantise_heads", table->name);
      snprintf(shape, sizeof shape, "heads of %zu", head_dim);
      expect_same(what, shape, bytes[0], bytes[1], size);
      expect_same(what, shape, scales[0], scales[1], HEADS * ROWS * sizeof(float));
      add(hash, bytes[0], size);
      add(hash, scales[0], HEADS * ROWS * sizeof(float));
    }
    release();
  }
}
