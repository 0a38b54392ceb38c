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
typedef enum cf_activation {
  /// x * sigmoid(1.702 x): OpenAI's CLIP.
  CF_QUICK_GELU = 0,
  /// x * Phi(x), Phi the normal distribution function.
  CF_GELU = 1,
  /// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))), an approximation of it.
  CF_TANH_GELU = 2,
} cf_activation;

/// One AdamW update's constants (decoupled weight decay, as in Loshchilov & Hutter, arXiv 1711.05101, algorithm 2).
typedef struct cf_adamw {
  float learning_rate, beta1, beta2, epsilon, weight_decay;
  /// 1 - beta1^step and sqrt(1 - beta2^step), computed in double by the caller.
  float bias_correction1, sqrt_bias_correction2;
} cf_adamw;

/// The kernels of one instruction set. All entries are always present.
typedef struct cf_kernels {
  /// Of the instruction set.
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
  void (*activate)(const float *x, float *y, size_t n, cf_activation kind);

  /// dy *= activation'(x), n elements.
  void (*activate_backward)(const float *x, float *dy, size_t n, cf_activation kind);

  /// y = x + bias in every row; y may be x.
  void (*add_bias)(const float *x, const float *bias, size_t rows, size_t columns, float *y);

  /// sums += the sum over rows of x; sums is [C].
  void (*add_column_sums)(const float *x, size_t rows, size_t columns, float *sums);

  /// y = a * x + b * y, n elements.
  void (*scale_add)(float a, const float *x, float b, float *y, size_t n);

  /// One AdamW step on n weights, with their gradient and both moments.
  void (*adamw)(
      float *weights, const float *gradient, float *moment1, float *moment2, size_t n, cf_adamw constants);
} cf_kernels;

/// The instruction sets that there are kernels for, on this processor or another, the better ones of an architecture
/// first: the name at `index`, NULL past the last.
const char *_Nullable cf_instruction_set(size_t index);
/// The table of an instruction set, or NULL where this build or this processor lacks it.
const cf_kernels *_Nullable cf_kernels_named(const char *instruction_set);
/// The table of the best instruction set of this processor.
const cf_kernels *cf_kernels_best(void);

/// Makes OpenBLAS use the kernels that this processor can run where it does not know its model; does nothing if the
/// environment names some in OPENBLAS_CORETYPE. To be called before anything of OpenBLAS, by one thread.
void cf_openblas_choose_kernels(void);

#pragma clang assume_nonnull end
