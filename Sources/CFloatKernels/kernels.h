// The float kernels' only source, included once by each instruction set, whose file sets the target attributes first.
// Vectors of 16 lanes are the compiler's own (one AVX-512 register, two of AVX2, four of SSE or NEON); sums run over the 16
// lanes and are then added pairwise.

// Vectors cross no function border that is not inlined, so the ABI that this warns of is never used.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t v16i __attribute__((vector_size(64), aligned(4)));

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

INLINE v16 load(const float *p) { return *(const v16 *)p; }
INLINE void store(float *p, v16 x) { *(v16 *)p = x; }

/// The first n (< 16) lanes from memory, the others set to fill.
INLINE v16 load_part(const float *p, size_t n, float fill) {
  float lanes[LANES];
  for (size_t i = 0; i < LANES; i++) lanes[i] = i < n ? p[i] : fill;
  return load(lanes);
}

INLINE void store_part(float *p, v16 x, size_t n) {
  float lanes[LANES];
  store(lanes, x);
  for (size_t i = 0; i < n; i++) p[i] = lanes[i];
}

INLINE v16 splat(float x) { return (v16){0} + x; }
INLINE v16 choose(v16i mask, v16 a, v16 b) { return (v16)(((v16i)a & mask) | ((v16i)b & ~mask)); }
INLINE v16 max16(v16 a, v16 b) { return choose(a > b, a, b); }
INLINE v16 abs16(v16 a) { return (v16)((v16i)a & 0x7fffffff); }

INLINE float sum16(v16 x) {
  float a[LANES];
  store(a, x);
  for (int step = 8; step > 0; step /= 2)
    for (int i = 0; i < step; i++) a[i] += a[i + step];
  return a[0];
}

INLINE float largest16(v16 x) {
  float a[LANES];
  store(a, x);
  for (int step = 8; step > 0; step /= 2)
    for (int i = 0; i < step; i++) a[i] = a[i] > a[i + step] ? a[i] : a[i + step];
  return a[0];
}

/// e^x to about 2 units in the last place; below -87 it is the smallest normal number, above 88 stays at e^88.
INLINE v16 exp16(v16 x) {
  x = choose(x < splat(-87.0f), splat(-87.0f), x);
  x = choose(x > splat(88.0f), splat(88.0f), x);
  // Adding 1.5 * 2^23 rounds to an integer in the low bits.
  const v16 shifted = x * 1.44269504f + 12582912.0f;
  const v16 k = shifted - 12582912.0f;
  v16 r = x - k * 0.693359375f;
  r = r - k * -2.12194440e-4f;
  v16 p = r * 0.00139465613f + 0.00836922321f;
  p = p * r + 0.0416662619f;
  p = p * r + 0.166665152f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  const v16i exponent = ((v16i)shifted - 0x4b400000 + 127) << 23;
  return p * (v16)exponent;
}

INLINE v16 quick_gelu16(v16 x) { return x / (1.0f + exp16(x * -1.702f)); }

INLINE v16 quick_gelu_slope16(v16 x) {
  const v16 s = 1.0f / (1.0f + exp16(x * -1.702f));
  return s + 1.702f * x * s * (1.0f - s);
}

/// erfc(|x| / sqrt 2) / 2 from e^(-x^2 / 2): t P(t) with t = 1 / (1 + 0.4 u), our own minimax fit, 6e-8 relative on [0, 9.4].
INLINE v16 normal_tail16(v16 x, v16 bell) {
  const v16 t = 1.0f / (1.0f + 0.4f * 0.707106781f * abs16(x));
  v16 p = t * 0.0400550514f - 0.134422004f;
  p = p * t + 0.0716372058f;
  p = p * t + 0.102299578f;
  p = p * t + 0.0696960241f;
  p = p * t + 0.197752699f;
  p = p * t + 0.200751469f;
  p = p * t + 0.226605535f;
  p = p * t + 0.225624502f;
  return 0.5f * t * p * bell;
}

INLINE v16 gelu16(v16 x) {
  const v16 tail = normal_tail16(x, exp16(x * x * -0.5f));
  return x * choose(x > splat(0), 1.0f - tail, tail);
}

INLINE v16 gelu_slope16(v16 x) {
  const v16 bell = exp16(x * x * -0.5f);
  const v16 tail = normal_tail16(x, bell);
  return choose(x > splat(0), 1.0f - tail, tail) + x * bell * 0.398942280f;
}

/// 2 sqrt(2 / pi) (x + 0.044715 x^3): tanh's argument, doubled.
INLINE v16 tanh_gelu_argument16(v16 x) { return x * (1.59576912f + 0.0713548163f * (x * x)); }

INLINE v16 tanh_gelu16(v16 x) { return x / (1.0f + exp16(-tanh_gelu_argument16(x))); }

INLINE v16 tanh_gelu_slope16(v16 x) {
  const v16 s = 1.0f / (1.0f + exp16(-tanh_gelu_argument16(x)));
  // Far out s (1 - s) is 0, whatever the argument's slope.
  const v16 near = choose(abs16(x) > splat(20.0f), splat(20.0f), abs16(x));
  return s + x * s * (1.0f - s) * (1.59576912f + 0.214064449f * (near * near));
}

static void layer_norm(
    const float *x, size_t rows, size_t columns, const float *gain, const float *bias, float epsilon, float *y,
    float *mean, float *rstd) {
  const size_t whole = columns / LANES * LANES, rest = columns - whole;
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    v16 sum = splat(0);
    for (size_t c = 0; c < whole; c += LANES) sum += load(x + c);
    if (rest) sum += load_part(x + whole, rest, 0);
    const float m = sum16(sum) / (float)columns;
    v16 squares = splat(0);
    for (size_t c = 0; c < whole; c += LANES) {
      const v16 d = load(x + c) - m;
      squares += d * d;
    }
    if (rest) {
      const v16 d = load_part(x + whole, rest, m) - m;
      squares += d * d;
    }
    const float s = 1.0f / sqrtf(sum16(squares) / (float)columns + epsilon);
    for (size_t c = 0; c < whole; c += LANES) store(y + c, (load(x + c) - m) * s * load(gain + c) + load(bias + c));
    for (size_t c = whole; c < columns; c++) y[c] = (x[c] - m) * s * gain[c] + bias[c];
    mean[r] = m;
    rstd[r] = s;
  }
}

// With n = (x - mean) rstd and g = dy gain: dx = rstd (g - mean(g) - n mean(g n)).
static void layer_norm_backward(
    const float *x, const float *dy, size_t rows, size_t columns, const float *gain, const float *mean,
    const float *rstd, float *dx) {
  const size_t whole = columns / LANES * LANES, rest = columns - whole;
  for (size_t r = 0; r < rows; r++, x += columns, dy += columns, dx += columns) {
    const float m = mean[r], s = rstd[r];
    v16 sum = splat(0), sum_n = splat(0);
    for (size_t c = 0; c < whole; c += LANES) {
      const v16 g = load(dy + c) * load(gain + c);
      sum += g;
      sum_n += g * (load(x + c) - m);
    }
    if (rest) {
      const v16 g = load_part(dy + whole, rest, 0) * load_part(gain + whole, rest, 0);
      sum += g;
      sum_n += g * (load_part(x + whole, rest, m) - m);
    }
    const float a = sum16(sum) / (float)columns, b = sum16(sum_n) * s * s / (float)columns;
    for (size_t c = 0; c < whole; c += LANES)
      store(dx + c, load(dx + c) + s * (load(dy + c) * load(gain + c) - a - (load(x + c) - m) * b));
    for (size_t c = whole; c < columns; c++) dx[c] += s * (dy[c] * gain[c] - a - (x[c] - m) * b);
  }
}

static void softmax(
    float *x, size_t rows, size_t columns, size_t stride, float scale, size_t visible, size_t growth) {
  for (size_t r = 0; r < rows; r++, x += stride) {
    const size_t reach = visible + r * growth, n = reach < columns ? reach : columns;
    const size_t whole = n / LANES * LANES, rest = n - whole;
    v16 largest = splat(-INFINITY);
    for (size_t c = 0; c < whole; c += LANES) largest = max16(largest, load(x + c) * scale);
    if (rest) largest = max16(largest, load_part(x + whole, rest, -INFINITY) * scale);
    const float top = largest16(largest);
    v16 sum = splat(0);
    for (size_t c = 0; c < whole; c += LANES) {
      const v16 e = exp16(load(x + c) * scale - top);
      store(x + c, e);
      sum += e;
    }
    float total = 0;
    if (rest) {
      float lanes[LANES];
      store(lanes, exp16(load_part(x + whole, rest, 0) * scale - top));
      for (size_t i = 0; i < rest; i++) total += x[whole + i] = lanes[i];
    }
    const float inverse = 1.0f / (total + sum16(sum));
    for (size_t c = 0; c < whole; c += LANES) store(x + c, load(x + c) * inverse);
    for (size_t c = whole; c < n; c++) x[c] *= inverse;
    for (size_t c = n; c < columns; c++) x[c] = 0;
  }
}

static void softmax_backward(const float *p, float *dp, size_t rows, size_t columns, size_t stride, float scale) {
  const size_t whole = columns / LANES * LANES, rest = columns - whole;
  for (size_t r = 0; r < rows; r++, p += stride, dp += stride) {
    v16 sum = splat(0);
    for (size_t c = 0; c < whole; c += LANES) sum += load(p + c) * load(dp + c);
    if (rest) sum += load_part(p + whole, rest, 0) * load_part(dp + whole, rest, 0);
    const float mean = sum16(sum);
    for (size_t c = 0; c < whole; c += LANES) store(dp + c, scale * load(p + c) * (load(dp + c) - mean));
    for (size_t c = whole; c < columns; c++) dp[c] = scale * p[c] * (dp[c] - mean);
  }
}

#define EACH(n, expression_of_16, y)                                        \
  do {                                                                      \
    const size_t whole = (n) / LANES * LANES, rest = (n) - whole;           \
    for (size_t i = 0; i < whole; i += LANES) {                             \
      const v16 a = load(x + i), b = load((y) + i);                         \
      (void)b;                                                              \
      store((y) + i, expression_of_16);                                     \
    }                                                                       \
    if (rest) {                                                             \
      const v16 a = load_part(x + whole, rest, 0), b = load_part((y) + whole, rest, 0); \
      (void)b;                                                              \
      store_part((y) + whole, expression_of_16, rest);                      \
    }                                                                       \
  } while (0)

static void activate(const float *x, float *y, size_t n, cf_activation kind) {
  if (kind == CF_QUICK_GELU) EACH(n, quick_gelu16(a), y);
  else if (kind == CF_GELU) EACH(n, gelu16(a), y);
  else EACH(n, tanh_gelu16(a), y);
}

static void activate_backward(const float *x, float *dy, size_t n, cf_activation kind) {
  if (kind == CF_QUICK_GELU) EACH(n, b * quick_gelu_slope16(a), dy);
  else if (kind == CF_GELU) EACH(n, b * gelu_slope16(a), dy);
  else EACH(n, b * tanh_gelu_slope16(a), dy);
}

static void add_bias(const float *x, const float *bias, size_t rows, size_t columns, float *y) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns)
    for (size_t c = 0; c < columns; c++) y[c] = x[c] + bias[c];
}

static void add_column_sums(const float *x, size_t rows, size_t columns, float *sums) {
  for (size_t r = 0; r < rows; r++, x += columns)
    for (size_t c = 0; c < columns; c++) sums[c] += x[c];
}

static void scale_add(float a, const float *x, float b, float *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = a * x[i] + b * y[i];
}

static void adamw(
    float *weights, const float *gradient, float *moment1, float *moment2, size_t n, cf_adamw k) {
  const float keep = 1.0f - k.learning_rate * k.weight_decay, rate = k.learning_rate / k.bias_correction1;
  for (size_t i = 0; i < n; i++) {
    const float g = gradient[i];
    const float m = moment1[i] + (1.0f - k.beta1) * (g - moment1[i]);
    const float v = k.beta2 * moment2[i] + (1.0f - k.beta2) * g * g;
    moment1[i] = m;
    moment2[i] = v;
    weights[i] = weights[i] * keep - rate * m / (sqrtf(v) / k.sqrt_bias_correction2 + k.epsilon);
  }
}

#define FLOAT_KERNEL_TABLE(label)                                                                              \
  {.name = label, .layer_norm = layer_norm, .layer_norm_backward = layer_norm_backward, .softmax = softmax,    \
   .softmax_backward = softmax_backward, .activate = activate, .activate_backward = activate_backward,         \
   .add_bias = add_bias, .add_column_sums = add_column_sums, .scale_add = scale_add, .adamw = adamw}
