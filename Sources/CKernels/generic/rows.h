// The float operations on rows, for any vector of sixteen lanes (vf, vi): included once by each instruction set
// after its lanes. The order of every addition here is the specification; see Inference/ARITHMETIC.md.
#include <math.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };

// 2^t for -125 <= t <= 126: t = n + r, |r| <= 1/2, and a polynomial of relative error 2.6e-6 in r. Adding
// 1.5 · 2^23 rounds to an integer, half to even, and leaves n in the low bits of the sum.
ALWAYS_INLINE vf exp2_within(vf t) {
  const vf magic = vf_set1(12582912.0f);
  vf shifted = vf_add(t, magic);
  vf r = vf_sub(t, vf_sub(shifted, magic));
  vf p = vf_set1(0x1.3997d6p-7f);
  p = vf_add(vf_mul(p, r), vf_set1(0x1.ca1444p-5f));
  p = vf_add(vf_mul(p, r), vf_set1(0x1.ec06dap-3f));
  p = vf_add(vf_mul(p, r), vf_set1(0x1.62e0dcp-1f));
  p = vf_add(vf_mul(p, r), vf_set1(0x1.ffffe8p-1f));
  return vf_from_bits(vi_add(vf_bits(p), vi_shl(vf_bits(shifted), 23)));
}

// 2^t of numbers not above 0.
ALWAYS_INLINE vf exp2_negative(vf t) { return exp2_within(vf_max(t, vf_set1(-125.0f))); }

ALWAYS_INLINE vf quick_gelu(vf x) {
  vf t = vf_mul(x, vf_set1(-0x1.3a4cbep+1f));  // -1.702 · log2(e)
  vf e = exp2_within(vf_min(vf_max(t, vf_set1(-125.0f)), vf_set1(126.0f)));
  return vf_div(x, vf_add(vf_set1(1.0f), e));
}

// x / (1 + e^(-2 sqrt(2 / π) (x + 0.044715 x³))), which is the formula with tanh.
ALWAYS_INLINE vf tanh_gelu(vf x) {
  vf t = vf_add(vf_mul(vf_mul(x, x), vf_set1(-0x1.a5a7dp-4f)), vf_set1(-0x1.26aec2p+1f));
  t = vf_mul(x, t);
  vf e = exp2_within(vf_min(vf_max(t, vf_set1(-125.0f)), vf_set1(126.0f)));
  return vf_div(x, vf_add(vf_set1(1.0f), e));
}

// x · Φ(x) by erfc (Abramowitz and Stegun 7.1.26, absolute error 1.5e-7).
ALWAYS_INLINE vf exact_gelu(vf x) {
  vf z = vf_mul(vf_abs(x), vf_set1(0x1.6a09e6p-1f));  // |x| / sqrt 2
  vf t = vf_div(vf_set1(1.0f), vf_add(vf_set1(1.0f), vf_mul(z, vf_set1(0.3275911f))));
  vf p = vf_set1(1.061405429f);
  p = vf_add(vf_mul(p, t), vf_set1(-1.453152027f));
  p = vf_add(vf_mul(p, t), vf_set1(1.421413741f));
  p = vf_add(vf_mul(p, t), vf_set1(-0.284496736f));
  p = vf_add(vf_mul(p, t), vf_set1(0.254829592f));
  vf e = exp2_negative(vf_mul(vf_mul(z, z), vf_set1(-0x1.715476p+0f)));
  vf half_erfc = vf_mul(vf_mul(vf_mul(p, t), e), vf_set1(0.5f));
  vf tail = vf_mul(vf_abs(x), half_erfc);
  return vf_sub(vf_max(x, vf_set1(0.0f)), tail);
}

// largest / 127 and 127 / largest; a row without a normal float in it counts as zero.
typedef struct {
  float scale, inverse;
} symmetric_scale;

ALWAYS_INLINE symmetric_scale symmetric(float largest) {
  if (!(largest >= 0x1p-100f)) return (symmetric_scale){0.0f, 0.0f};
  return (symmetric_scale){largest / 127.0f, 127.0f / largest};
}

ALWAYS_INLINE float largest_magnitude(const float *x, size_t width) {
  vf m = vf_set1(0.0f);
  for (size_t i = 0; i < width; i += LANES) m = vf_max(m, vf_abs(vf_load(x + i)));
  return vf_reduce_max(m);
}

ALWAYS_INLINE void quantise_row(const float *x, size_t width, float inverse, uint8_t *out) {
  vf s = vf_set1(inverse);
  for (size_t i = 0; i < width; i += LANES)
    vi_store_bytes(out + i, vf_round(vf_mul(vf_load(x + i), s)), ACTIVATION_MASK);
}

// Rows whose sums are taken side by side, so that one's additions hide the latency of the others'.
enum { ROWS_TOGETHER = 4, WIDEST_ROW = 8192 };

typedef struct {
  float mean, inverse;  // of the deviation
} row_moments;

ALWAYS_INLINE void moments(const int rows, const float *x, size_t width, float epsilon, row_moments *result) {
  vf sums[ROWS_TOGETHER], centres[ROWS_TOGETHER];
  UNROLL for (int i = 0; i < rows; i++) sums[i] = vf_set1(0.0f);
  for (size_t c = 0; c < width; c += LANES) {
    UNROLL for (int i = 0; i < rows; i++) sums[i] = vf_add(sums[i], vf_load(x + (size_t)i * width + c));
  }
  UNROLL for (int i = 0; i < rows; i++) {
    result[i].mean = vf_reduce_add(sums[i]) / (float)width;
    centres[i] = vf_set1(result[i].mean);
    sums[i] = vf_set1(0.0f);
  }
  for (size_t c = 0; c < width; c += LANES) {
    UNROLL for (int i = 0; i < rows; i++) {
      vf d = vf_sub(vf_load(x + (size_t)i * width + c), centres[i]);
      sums[i] = vf_add(sums[i], vf_mul(d, d));
    }
  }
  UNROLL for (int i = 0; i < rows; i++)
    result[i].inverse = 1.0f / sqrtf(vf_reduce_add(sums[i]) / (float)width + epsilon);
}

// Of up to ROWS_TOGETHER rows.
ALWAYS_INLINE void moments_of(size_t rows, const float *x, size_t width, float epsilon, row_moments *result) {
  if (rows == ROWS_TOGETHER) {
    moments(ROWS_TOGETHER, x, width, epsilon, result);
    return;
  }
  for (size_t i = 0; i < rows; i++) moments(1, x + i * width, width, epsilon, result + i);
}

// (x - mean) / sqrt(variance + epsilon) · gain + bias; returns the largest magnitude.
ALWAYS_INLINE float normalise_row(const float *x, size_t width, row_moments of, const float *gain,
                                  const float *bias, float *out) {
  vf mean = vf_set1(of.mean), inverse = vf_set1(of.inverse), m = vf_set1(0.0f);
  for (size_t i = 0; i < width; i += LANES) {
    vf y = vf_mul(vf_sub(vf_load(x + i), mean), inverse);
    y = vf_add(vf_mul(y, vf_load(gain + i)), vf_load(bias + i));
    m = vf_max(m, vf_abs(y));
    vf_store(out + i, y);
  }
  return vf_reduce_max(m);
}

static void layer_norm(const float *x, size_t rows, size_t width, const float *gain, const float *bias,
                       float epsilon, float *out) {
  row_moments of[ROWS_TOGETHER];
  for (size_t r = 0; r < rows; r += ROWS_TOGETHER) {
    size_t count = rows - r < ROWS_TOGETHER ? rows - r : ROWS_TOGETHER;
    moments_of(count, x + r * width, width, epsilon, of);
    for (size_t i = 0; i < count; i++)
      normalise_row(x + (r + i) * width, width, of[i], gain, bias, out + (r + i) * width);
  }
}

static void layer_norm_quantise(const float *x, size_t rows, size_t width, const float *gain, const float *bias,
                                float epsilon, uint8_t *out, size_t out_stride, float *scales) {
  _Alignas(64) float y[WIDEST_ROW];
  row_moments of[ROWS_TOGETHER];
  for (size_t r = 0; r < rows; r += ROWS_TOGETHER) {
    size_t count = rows - r < ROWS_TOGETHER ? rows - r : ROWS_TOGETHER;
    moments_of(count, x + r * width, width, epsilon, of);
    for (size_t i = r; i < r + count; i++) {
      symmetric_scale s = symmetric(normalise_row(x + i * width, width, of[i - r], gain, bias, y));
      scales[i] = s.scale;
      quantise_row(y, width, s.inverse, out + i * out_stride);
    }
  }
}

static void quantise(const float *x, size_t rows, size_t width, uint8_t *out, size_t out_stride,
                     float *scales) {
  for (size_t r = 0; r < rows; r++) {
    symmetric_scale s = symmetric(largest_magnitude(x + r * width, width));
    scales[r] = s.scale;
    quantise_row(x + r * width, width, s.inverse, out + r * out_stride);
  }
}

// The range is [-0.17, largest]: that is the least value of any GELU here, or less than a tenth of a step above it.
static void gelu_quantise(float *x, size_t rows, size_t width, ck_gelu kind, uint8_t *out, size_t out_stride,
                          float *scales, int32_t *zeros) {
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * width;
    vf m = vf_set1(0.0f);
    if (kind == CK_GELU_QUICK) {
      for (size_t i = 0; i < width; i += LANES) {
        vf y = quick_gelu(vf_load(row + i));
        m = vf_max(m, y);
        vf_store(row + i, y);
      }
    } else if (kind == CK_GELU_EXACT) {
      for (size_t i = 0; i < width; i += LANES) {
        vf y = exact_gelu(vf_load(row + i));
        m = vf_max(m, y);
        vf_store(row + i, y);
      }
    } else {
      for (size_t i = 0; i < width; i += LANES) {
        vf y = tanh_gelu(vf_load(row + i));
        m = vf_max(m, y);
        vf_store(row + i, y);
      }
    }
    float range = vf_reduce_max(m) + 0.17f;
    float inverse = 254.0f / range;
    int32_t zero = (int32_t)rintf(0.17f * inverse) - 127;
    scales[r] = range / 254.0f;
    zeros[r] = zero;
    vf s = vf_set1(inverse);
    vi z = vi_set1(zero);
    for (size_t i = 0; i < width; i += LANES)
      vi_store_bytes(out + r * out_stride + i, vi_add(vf_round(vf_mul(vf_load(row + i), s)), z),
                     ACTIVATION_MASK);
  }
}

static void quantise_heads(const float *x, size_t x_stride, size_t rows, size_t heads, size_t head_dim,
                           uint32_t mask, uint8_t *out, size_t row_step, size_t head_step, float *scales,
                           size_t scale_row_step, size_t scale_head_step) {
  size_t whole = head_dim / LANES * LANES, rest = head_dim - whole;
  for (size_t r = 0; r < rows; r++) {
    for (size_t h = 0; h < heads; h++) {
      const float *in = x + r * x_stride + h * head_dim;
      vf m = vf_set1(0.0f);
      for (size_t i = 0; i < whole; i += LANES) m = vf_max(m, vf_abs(vf_load(in + i)));
      if (rest) m = vf_max(m, vf_abs(vf_load_first(in + whole, rest)));
      symmetric_scale s = symmetric(vf_reduce_max(m));
      scales[r * scale_row_step + h * scale_head_step] = s.scale;
      uint8_t *to = out + r * row_step + h * head_step;
      vf inverse = vf_set1(s.inverse);
      for (size_t i = 0; i < whole; i += LANES)
        vi_store_bytes(to + i, vf_round(vf_mul(vf_load(in + i), inverse)), mask);
      if (rest)
        vi_store_bytes(to + whole, vf_round(vf_mul(vf_load_first(in + whole, rest), inverse)), mask);
    }
  }
}

// Weights are used once and lie a row apart, which no processor foresees.
enum { PROJECT_AHEAD = 48 };

static void project(const float *x, size_t width, const float *w, size_t outputs, size_t first, size_t count,
                    float *out) {
  size_t n = first, end = first + count;
  for (; n + 4 * LANES <= end; n += 4 * LANES) {
    vf s0 = vf_set1(0.0f), s1 = s0, s2 = s0, s3 = s0;
    for (size_t k = 0; k < width; k++) {
      vf a = vf_set1(x[k]);
      const float *row = w + k * outputs + n, *ahead = row + PROJECT_AHEAD * outputs;
      for (int i = 0; i < 4; i++) PREFETCH(ahead + i * LANES);
      s0 = vf_add(s0, vf_mul(a, vf_load(row)));
      s1 = vf_add(s1, vf_mul(a, vf_load(row + LANES)));
      s2 = vf_add(s2, vf_mul(a, vf_load(row + 2 * LANES)));
      s3 = vf_add(s3, vf_mul(a, vf_load(row + 3 * LANES)));
    }
    vf_store(out + n, s0);
    vf_store(out + n + LANES, s1);
    vf_store(out + n + 2 * LANES, s2);
    vf_store(out + n + 3 * LANES, s3);
  }
  for (; n < end; n += LANES) {
    size_t lanes = end - n < LANES ? end - n : LANES;
    vf sum = vf_set1(0.0f);
    for (size_t k = 0; k < width; k++)
      sum = vf_add(sum, vf_mul(vf_set1(x[k]), vf_load_first(w + k * outputs + n, lanes)));
    vf_store_first(out + n, sum, lanes);
  }
}

static float dot(const float *a, const float *b, size_t count) {
  vf sum = vf_set1(0.0f);
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) sum = vf_add(sum, vf_mul(vf_load(a + i), vf_load(b + i)));
  if (i < count)
    sum = vf_add(sum, vf_mul(vf_load_first(a + i, count - i), vf_load_first(b + i, count - i)));
  return vf_reduce_add(sum);
}
