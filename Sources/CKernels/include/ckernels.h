#pragma once
// The arithmetic of the int8 engine, one table of functions for each instruction set.
//
// Every table computes the same numbers, bit for bit: integers are exact, floats use only additions,
// subtractions, multiplications, divisions and square roots in one fixed order (sixteen partial sums and one
// tree, see Sources/Inference/ARITHMETIC.md). Letters: n rows, D row width, K inputs, N outputs, H heads.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#define CK_CLOSED __attribute__((enum_extensibility(closed)))
#define CK_NULLABLE _Nullable
#define CK_SWIFT(NAME) __attribute__((swift_name(NAME)))
#else
#define CK_CLOSED
#define CK_NULLABLE
#define CK_SWIFT(NAME)
#endif

typedef enum CK_CLOSED ck_gelu {
  CK_GELU_QUICK CK_SWIFT("quick"),  // x · sigmoid(1.702 x)
  CK_GELU_EXACT CK_SWIFT("exact"),  // x · Φ(x)
  CK_GELU_TANH CK_SWIFT("tanh"),    // x / 2 · (1 + tanh(sqrt(2 / π) · (x + 0.044715 x³)))
} ck_gelu;

// int8 rows with a scale each: x[m, k] = scales[m] · (q[m, k] - zeros[m]), q in -128...127.
// The bytes hold q ^ mask, mask being the table's activation_mask.
typedef struct {
  const uint8_t *bytes;                 // [count, stride]
  size_t stride;                        // at least K rounded up to the table's group
  size_t count;
  const float *scales;                  // [count]
  const int32_t *CK_NULLABLE zeros;       // [count], or NULL: all 0
} ck_rows;

// A linear layer, packed for one table: y[m, n] = x · w[n] · scales[n] + bias[n].
typedef struct {
  const int8_t *weights;                // [N / panel][K / group][panel][group], zero-padded
  const int32_t *sums;                  // [N rounded up to panel]: sum over k of w[n, k]
  const float *scales, *bias;           // likewise
  size_t outputs, inputs;
} ck_linear;

// Keys or values of one image: int8 [H, capacity, head stride] and scales [H, capacity]. The capacity is a
// multiple of 32, of which the first positions count.
typedef struct {
  int8_t *bytes;
  float *scales;
  size_t capacity;
} ck_heads;

typedef struct {
  const uint8_t *queries;               // [rows, H · head stride], q ^ mask
  const float *query_scales;            // [rows, H]
  ck_heads keys, values;
  size_t rows, positions, heads, head_dim;
  size_t first_head, head_count;        // those that are done, of the H
  float score_scale;                    // log2(e) / sqrt(head_dim)
  float *output;                        // [rows, output_stride]
  size_t output_stride;
  void *scratch;                        // ck_attention_scratch bytes, 64-byte aligned
} ck_attention;

typedef struct {
  const char *name;                     // of the instruction set
  uint32_t panel;                       // columns that a packed panel holds
  uint32_t group;                       // consecutive inputs of a column
  uint32_t activation_mask;             // 0x80 where the product is unsigned · signed, else 0

  // out[m, n] (+)= x[m] · w[n] + bias for the panels [first_panel, first_panel + panels).
  void (*linear)(const ck_linear *layer, const ck_rows *rows, size_t first_panel, size_t panels, float *out,
                 size_t out_stride, bool accumulate);
  // out[m] = (x[m] - mean) / sqrt(variance + epsilon) · gain + bias; rows are contiguous, out may be x.
  void (*layer_norm)(const float *x, size_t rows, size_t width, const float *gain, const float *bias,
                     float epsilon, float *out);
  // The same, then quantised by row: scale = max |y| / 127.
  void (*layer_norm_quantise)(const float *x, size_t rows, size_t width, const float *gain, const float *bias,
                              float epsilon, uint8_t *out, size_t out_stride, float *scales);
  void (*quantise)(const float *x, size_t rows, size_t width, uint8_t *out, size_t out_stride, float *scales);
  // GELU in place, then quantised by row over [-0.17, max]: scales and zeros.
  void (*gelu_quantise)(float *x, size_t rows, size_t width, ck_gelu kind, uint8_t *out, size_t out_stride,
                        float *scales, int32_t *zeros);
  // Rows of H · head_dim floats, quantised by row and head. Element c of head h of row m goes to
  // out[m · row_step + h · head_step + c] as q ^ mask, zero from head_dim to the head stride.
  void (*quantise_heads)(const float *x, size_t x_stride, size_t rows, size_t heads, size_t head_dim,
                         uint32_t mask, uint8_t *out, size_t row_step, size_t head_step, float *scales,
                         size_t scale_row_step, size_t scale_head_step);
  // softmax(q · k / sqrt(head_dim)) · v for some heads of the rows, over all positions.
  void (*attention)(const ck_attention *attention);
  // out[n] = sum over k, in order, of x[k] · w[k, n] for n in [first, first + count); w is [width, outputs].
  void (*project)(const float *x, size_t width, const float *w, size_t outputs, size_t first, size_t count,
                  float *out);
  float (*dot)(const float *a, const float *b, size_t count);
  // Does products in registers alone, as fast as the processor can; returns how many.
  uint64_t (*peak)(uint64_t rounds);
} ck_kernels;

/// The instruction sets that there are kernels for, on this processor or another, the better ones of an architecture
/// first: the name at `index`, NULL past the last.
const char *CK_NULLABLE ck_instruction_set(size_t index);
/// The table of an instruction set, or NULL where this build or this processor lacks it.
const ck_kernels *CK_NULLABLE ck_kernels_named(const char *instruction_set);
/// The table of the best instruction set of this processor.
const ck_kernels *ck_kernels_best(void);

/// A linear layer on some rows, as parts that threads can do apart from each other: out (+)= rows · layer.
typedef struct {
  const ck_kernels *kernels;
  ck_linear layer;
  ck_rows rows;
  float *out;                           // [rows.count, out_stride]
  size_t out_stride;
  bool accumulate;
} ck_product;

/// The parts of a product: the panels of its layer.
size_t ck_product_panels(const ck_product *product);

/// Attention of some rows, whose parts are the heads.
typedef struct {
  const ck_kernels *kernels;
  ck_attention attention;               // its scratch and range of heads do not matter
  uint8_t *scratch;                     // each thread's, 64-byte aligned
  size_t scratch_stride;                // ck_attention_scratch bytes or more
} ck_shared_attention;

/// GELU of some rows, which are its parts: `gelu_quantise`'s arguments.
typedef struct {
  const ck_kernels *kernels;
  float *x;
  size_t width;
  ck_gelu kind;
  uint8_t *out;
  size_t out_stride;
  float *scales;
  int32_t *zeros;
} ck_shared_gelu;

// Each does the parts [first, first + count) of what `work` points to, on a thread of that number; void, so that they can
// be handed to what shares work among threads. They return how many multiply-accumulates of integers that were.

/// Panels of a ck_product.
uint64_t ck_multiply(const void *work, uint32_t thread, size_t first, size_t count);
/// Heads of a ck_shared_attention.
uint64_t ck_attend(const void *work, uint32_t thread, size_t first, size_t count);
/// Rows of a ck_shared_gelu.
uint64_t ck_apply_gelu(const void *work, uint32_t thread, size_t first, size_t count);

/// Bytes between the heads of a row: head_dim rounded up to 16.
static inline size_t ck_head_stride(size_t head_dim) { return (head_dim + 15) / 16 * 16; }
/// Bytes of a packed weight matrix.
size_t ck_packed_size(const ck_kernels *kernels, size_t outputs, size_t inputs);
/// Packs int8 [outputs, inputs], row-major, and sums its rows; false if one is -128, which kernels exclude.
bool ck_pack(const ck_kernels *kernels, const int8_t *weights, size_t outputs, size_t inputs, int8_t *packed,
             int32_t *sums);
/// Bytes of scratch for one call of `attention` over up to that many positions.
size_t ck_attention_scratch(size_t positions, size_t head_dim);
/// x = softmax(x), in place.
void ck_softmax(float *x, size_t count);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif
