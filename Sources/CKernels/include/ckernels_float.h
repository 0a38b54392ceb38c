/// Element-wise and row-wise float kernels of the training engine: forward and backward.
///
/// Every function is pure and single-threaded, takes unaligned row-major float32 and may be called from any thread. Unless
/// said otherwise rows are contiguous: row stride = columns. Letters: R rows, C columns.
///
/// These kernels serve training, not the edge engine: they may use fma, so the last bits differ between instruction sets.
#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// How to turn a pre-activation into an activation.
typedef enum ck_float_activation {
  /// x * sigmoid(1.702 x): OpenAI's CLIP.
  CK_FLOAT_QUICK_GELU = 0,
  /// x * Phi(x), Phi the normal distribution function.
  CK_FLOAT_GELU = 1,
} ck_float_activation;

/// One AdamW update's constants (decoupled weight decay, as in Loshchilov & Hutter, arXiv 1711.05101, algorithm 2).
typedef struct ck_float_adamw {
  float learning_rate, beta1, beta2, epsilon, weight_decay;
  /// 1 - beta1^step and sqrt(1 - beta2^step), computed in double by the caller.
  float bias_correction1, sqrt_bias_correction2;
} ck_float_adamw;

/// The kernels of one instruction set. All entries are always present.
typedef struct ck_float_kernels {
  /// "scalar", "avx2" or "avx512f".
  const char *name;

  /// y = (x - mean) * rstd * gain + bias per row; mean and rstd ([R]) are kept for the backward pass.
  void (*layer_norm)(
      const float *x, size_t rows, size_t columns, const float *gain, const float *bias, float epsilon, float *y,
      float *mean, float *rstd);

  /// dx += dLoss/dx of layer_norm, for the gradient dy of y.
  void (*layer_norm_backward)(
      const float *x, const float *dy, size_t rows, size_t columns, const float *gain, const float *mean,
      const float *rstd, float *dx);

  /// In place: row i becomes softmax(scale * row) over its first min(C, visible + i * growth) entries and 0 after them.
  void (*softmax)(
      float *x, size_t rows, size_t columns, size_t stride, float scale, size_t visible, size_t growth);

  /// In place: dp (gradient of the probabilities p) becomes the gradient of the unscaled scores.
  void (*softmax_backward)(const float *p, float *dp, size_t rows, size_t columns, size_t stride, float scale);

  /// y = activation(x), n elements; y may be x.
  void (*activate)(const float *x, float *y, size_t n, ck_float_activation kind);

  /// dy *= activation'(x), n elements.
  void (*activate_backward)(const float *x, float *dy, size_t n, ck_float_activation kind);

  /// y = x + bias in every row; y may be x.
  void (*add_bias)(const float *x, const float *bias, size_t rows, size_t columns, float *y);

  /// sums += the sum over rows of x; sums is [C].
  void (*add_column_sums)(const float *x, size_t rows, size_t columns, float *sums);

  /// y = a * x + b * y, n elements.
  void (*scale_add)(float a, const float *x, float b, float *y, size_t n);

  /// One AdamW step on n weights, with their gradient and both moments.
  void (*adamw)(
      float *weights, const float *gradient, float *moment1, float *moment2, size_t n, ck_float_adamw constants);
} ck_float_kernels;

/// The portable kernels: what every other table is tested against.
const ck_float_kernels *ck_float_scalar(void);

/// The kernels of the instruction set by this name, or NULL when this build or processor does not have it.
const ck_float_kernels *_Nullable ck_float_named(const char *name);

/// The fastest kernels that this processor runs.
const ck_float_kernels *ck_float_best(void);

#pragma clang assume_nonnull end
