// The operations of the float kernels, each beside a plain loop in doubles.
#include <math.h>

#include "floats.h"

static void layer_norm(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  (void)variant;
  table->layer_norm(in->x, in->rows, in->columns, in->gain, in->bias, 1e-5f, out.of[0], out.of[1], out.of[2]);
}

static void layer_norm_reference(const float_inputs *in, int variant, double_outputs out) {
  (void)variant;
  for (size_t r = 0; r < in->rows; r++) {
    const float *x = in->x + r * in->columns;
    double mean = 0, variance = 0, n = (double)in->columns;
    for (size_t c = 0; c < in->columns; c++) mean += x[c] / n;
    for (size_t c = 0; c < in->columns; c++) variance += (x[c] - mean) * (x[c] - mean) / n;
    out.of[1][r] = mean;
    out.of[2][r] = 1 / sqrt(variance + 1e-5);
    for (size_t c = 0; c < in->columns; c++)
      out.of[0][r * in->columns + c] = (x[c] - mean) * out.of[2][r] * in->gain[c] + in->bias[c];
  }
}

void check_float_layer_norm(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"layer_norm", {EACH, EACH_ROW, EACH_ROW}, 1, layer_norm, layer_norm_reference}, set);
}

static void layer_norm_backward(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  (void)variant;
  table->layer_norm_backward(in->x, in->dy, in->rows, in->columns, in->gain, in->mean, in->rstd, out.of[0]);
}

static void layer_norm_backward_reference(const float_inputs *in, int variant, double_outputs out) {
  (void)variant;
  for (size_t r = 0; r < in->rows; r++) {
    const float *x = in->x + r * in->columns, *dy = in->dy + r * in->columns;
    double sum = 0, sum_n = 0, columns = (double)in->columns, rstd = in->rstd[r];
    for (size_t c = 0; c < in->columns; c++) {
      double g = (double)dy[c] * in->gain[c];
      sum += g;
      sum_n += g * ((double)x[c] - in->mean[r]) * rstd;
    }
    for (size_t c = 0; c < in->columns; c++) {
      double n = ((double)x[c] - in->mean[r]) * rstd;
      out.of[0][r * in->columns + c] += rstd * ((double)dy[c] * in->gain[c] - sum / columns - n * sum_n / columns);
    }
  }
}

void check_float_layer_norm_backward(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"layer_norm_backward", {EACH}, 1, layer_norm_backward, layer_norm_backward_reference},
              set);
}

// Of all entries, of one more in every row as a causal mask leaves them, of the first half.
static size_t visible(const float_inputs *in, int variant) {
  return variant == 0 ? in->columns : variant == 1 ? 1 : in->columns / 2 + 1;
}

static void softmax(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  table->softmax(out.of[0], in->rows, in->columns, in->columns, 0.3f, visible(in, variant), variant == 1);
}

static void softmax_reference(const float_inputs *in, int variant, double_outputs out) {
  for (size_t r = 0; r < in->rows; r++) {
    double *x = out.of[0] + r * in->columns, total = 0;
    size_t count = visible(in, variant) + (variant == 1 ? r : 0);
    for (size_t c = 0; c < in->columns; c++) total += x[c] = c < count ? exp((double)0.3f * x[c]) : 0;
    for (size_t c = 0; c < in->columns; c++) x[c] /= total;
  }
}

void check_float_softmax(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"softmax", {EACH}, 3, softmax, softmax_reference}, set);
  float x[24] = {1000, -1000, 999, 0}, total = 0;
  for (int i = 4; i < 24; i++) x[i] = -3000;
  cf_kernels_named(set)->softmax(x, 1, 24, 24, 1, 24, 0);
  for (int i = 0; i < 24; i++) {
    if (!(x[i] >= 0 && isfinite(x[i]))) fail("softmax of extremes: [%d] is %g", i, (double)x[i]);
    total += x[i];
  }
  if (!(fabsf(x[0] - 0.7310586f) < 1e-5f && fabsf(x[2] - 0.2689414f) < 1e-5f && fabsf(total - 1) < 1e-5f))
    fail("softmax of extremes: %g, %g, sum %g", (double)x[0], (double)x[2], (double)total);
}

static void softmax_backward(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  (void)variant;
  table->softmax_backward(in->probabilities, out.of[0], in->rows, in->columns, in->columns, 0.3f);
}

static void softmax_backward_reference(const float_inputs *in, int variant, double_outputs out) {
  (void)variant;
  for (size_t r = 0; r < in->rows; r++) {
    const float *p = in->probabilities + r * in->columns;
    double *dp = out.of[0] + r * in->columns, mean = 0;
    for (size_t c = 0; c < in->columns; c++) mean += p[c] * dp[c];
    for (size_t c = 0; c < in->columns; c++) dp[c] = (double)0.3f * p[c] * (dp[c] - mean);
  }
}

void check_float_softmax_backward(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"softmax_backward", {EACH}, 1, softmax_backward, softmax_backward_reference}, set);
}

static const cf_activation activations[] = {CF_QUICK_GELU, CF_GELU, CF_TANH_GELU};

static void activate(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  table->activate(in->x, out.of[0], in->rows * in->columns, activations[variant]);
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double normal_distribution(double x) { return 0.5 * erfc(-x / sqrt(2)); }

// x times a function of x that rises from 0 to 1: that function and its slope.
static double gate(cf_activation kind, double x, double *slope) {
  if (kind == CF_GELU) {
    *slope = exp(-0.5 * x * x) / sqrt(2 * acos(-1));
    return normal_distribution(x);
  }
  double twice = 2 * sqrt(2 / acos(-1));
  double argument = kind == CF_QUICK_GELU ? 1.702 * x : twice * (x + 0.044715 * x * x * x);
  double s = sigmoid(argument);
  *slope = s * (1 - s) * (kind == CF_QUICK_GELU ? 1.702 : twice * (1 + 3 * 0.044715 * x * x));
  return s;
}

static void activate_reference(const float_inputs *in, int variant, double_outputs out) {
  double slope;
  for (size_t i = 0; i < in->rows * in->columns; i++)
    out.of[0][i] = in->x[i] * gate(activations[variant], in->x[i], &slope);
}

void check_float_activate(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"activate", {EACH}, 3, activate, activate_reference}, set);
}

static void activate_backward(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  table->activate_backward(in->x, out.of[0], in->rows * in->columns, activations[variant]);
}

static void activate_backward_reference(const float_inputs *in, int variant, double_outputs out) {
  for (size_t i = 0; i < in->rows * in->columns; i++) {
    double slope, x = in->x[i], value = gate(activations[variant], x, &slope);
    out.of[0][i] *= value + x * slope;
  }
}

void check_float_activate_backward(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"activate_backward", {EACH}, 3, activate_backward, activate_backward_reference}, set);
}

static void add_bias(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  (void)variant;
  table->add_bias(in->x, in->bias, in->rows, in->columns, out.of[0]);
}

static void add_bias_reference(const float_inputs *in, int variant, double_outputs out) {
  (void)variant;
  for (size_t i = 0; i < in->rows * in->columns; i++) out.of[0][i] = (double)in->x[i] + in->bias[i % in->columns];
}

void check_float_add_bias(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"add_bias", {EACH}, 1, add_bias, add_bias_reference}, set);
}

static void add_column_sums(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  (void)variant;
  table->add_column_sums(in->x, in->rows, in->columns, out.of[0]);
}

static void add_column_sums_reference(const float_inputs *in, int variant, double_outputs out) {
  (void)variant;
  for (size_t i = 0; i < in->rows * in->columns; i++) out.of[0][i % in->columns] += in->x[i];
}

void check_float_add_column_sums(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"add_column_sums", {EACH_COLUMN}, 1, add_column_sums, add_column_sums_reference}, set);
}

static void scale_add(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  (void)variant;
  table->scale_add(0.5f, in->x, -2, out.of[0], in->rows * in->columns);
}

static void scale_add_reference(const float_inputs *in, int variant, double_outputs out) {
  (void)variant;
  for (size_t i = 0; i < in->rows * in->columns; i++) out.of[0][i] = 0.5 * in->x[i] - 2 * out.of[0][i];
}

void check_float_scale_add(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"scale_add", {EACH}, 1, scale_add, scale_add_reference}, set);
}

static const cf_adamw step = {.learning_rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f,
                              .weight_decay = 0.1f, .bias_correction1 = 0.1f, .sqrt_bias_correction2 = 0.03f};

static void adamw(const cf_kernels *table, const float_inputs *in, int variant, float_outputs out) {
  (void)variant;
  table->adamw(out.of[0], in->dy, out.of[1], out.of[2], in->rows * in->columns, step);
}

static void adamw_reference(const float_inputs *in, int variant, double_outputs out) {
  (void)variant;
  for (size_t i = 0; i < in->rows * in->columns; i++) {
    double g = in->dy[i], *w = out.of[0] + i, *m = out.of[1] + i, *v = out.of[2] + i;
    *m = step.beta1 * *m + (1 - (double)step.beta1) * g;
    *v = step.beta2 * *v + (1 - (double)step.beta2) * g * g;
    *w -= (double)step.learning_rate * step.weight_decay * *w;
    *w -= step.learning_rate * (*m / step.bias_correction1) / (sqrt(*v) / step.sqrt_bias_correction2 + step.epsilon);
  }
}

void check_float_adamw(const char *set, uint64_t *hash) {
  (void)hash;
  check_float(&(float_operation){"adamw", {EACH, EACH, EACH}, 1, adamw, adamw_reference}, set);
}
