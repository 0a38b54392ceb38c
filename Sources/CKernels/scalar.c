// The reference: plain C on every machine. Sixteen lanes are an array.
#include "internal.h"

#include <math.h>
#include <string.h>

typedef struct {
  float lane[16];
} vf;
typedef struct {
  int32_t lane[16];
} vi;

#define OPAQUE(X) __asm__("" : "+m"(X))
#define EACH for (int i = 0; i < 16; i++)
static inline vf vf_set1(float x) { vf r; EACH r.lane[i] = x; return r; }
static inline vf vf_load(const float *p) { vf r; memcpy(&r, p, sizeof r); return r; }
static inline vf vf_load_first(const float *p, size_t n) { vf r = vf_set1(0); memcpy(&r, p, n * sizeof *p); return r; }
static inline void vf_store(float *p, vf x) { memcpy(p, &x, sizeof x); }
static inline void vf_store_first(float *p, vf x, size_t n) { memcpy(p, &x, n * sizeof *p); }
static inline vf vf_fill_from(vf x, size_t n, float y) { for (; n < 16; n++) x.lane[n] = y; return x; }
static inline vf vf_add(vf a, vf b) { EACH a.lane[i] += b.lane[i]; return a; }
static inline vf vf_sub(vf a, vf b) { EACH a.lane[i] -= b.lane[i]; return a; }
static inline vf vf_mul(vf a, vf b) { EACH a.lane[i] *= b.lane[i]; return a; }
static inline vf vf_div(vf a, vf b) { EACH a.lane[i] /= b.lane[i]; return a; }
static inline vf vf_max(vf a, vf b) { EACH a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; return a; }
static inline vf vf_min(vf a, vf b) { EACH a.lane[i] = a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; return a; }
static inline vf vf_abs(vf a) { EACH a.lane[i] = fabsf(a.lane[i]); return a; }
static inline float vf_reduce_add(vf x) {
  for (int half = 8; half; half /= 2)
    for (int i = 0; i < half; i++) x.lane[i] += x.lane[i + half];
  return x.lane[0];
}
static inline float vf_reduce_max(vf x) {
  float m = x.lane[0];
  EACH m = m > x.lane[i] ? m : x.lane[i];
  return m;
}
static inline vi vi_set1(int32_t x) { vi r; EACH r.lane[i] = x; return r; }
static inline vi vi_load(const int32_t *p) { vi r; memcpy(&r, p, sizeof r); return r; }
static inline vi vi_load_bytes(const int8_t *p) { vi r; EACH r.lane[i] = (uint8_t)p[i]; return r; }
static inline void vi_store(int32_t *p, vi x) { memcpy(p, &x, sizeof x); }
static inline vi vi_add(vi a, vi b) { EACH a.lane[i] = (int32_t)((uint32_t)a.lane[i] + (uint32_t)b.lane[i]); return a; }
static inline vi vi_sub(vi a, vi b) { EACH a.lane[i] -= b.lane[i]; return a; }
static inline vi vi_mul(vi a, vi b) { EACH a.lane[i] *= b.lane[i]; return a; }
static inline vi vi_or(vi a, vi b) { EACH a.lane[i] |= b.lane[i]; return a; }
static inline vi vi_shl(vi a, int bits) { EACH a.lane[i] = (int32_t)((uint32_t)a.lane[i] << bits); return a; }
static inline vi vf_bits(vf a) { vi r; memcpy(&r, &a, sizeof r); return r; }
static inline vf vf_from_bits(vi a) { vf r; memcpy(&r, &a, sizeof r); return r; }
static inline vf vf_from_int(vi a) { vf r; EACH r.lane[i] = (float)a.lane[i]; return r; }
// Half to even, the rounding mode that every process starts with.
static inline vi vf_round(vf a) { vi r; EACH r.lane[i] = (int32_t)rintf(a.lane[i]); return r; }
static inline void vi_store_bytes(uint8_t *p, vi x, uint32_t mask) {
  EACH p[i] = (uint8_t)((uint32_t)(x.lane[i] < -128 ? -128 : x.lane[i] > 127 ? 127 : x.lane[i]) ^ mask);
}

#define TILE_ROWS 4
#define VECTORS 1
#define GROUP 4
#define ACTIVATION_MASK 0

static inline void tile(int rows, const tile_input *in, vi sums[][VECTORS]) {
  for (int i = 0; i < rows; i++) {
    sums[i][0] = vi_load(in->init);
    for (size_t g = 0; g < in->groups; g++) {
      const int8_t *x = (const int8_t *)in->a + (size_t)i * in->stride + g * GROUP;
      const int8_t *w = in->b + g * 16 * GROUP;
      for (int n = 0; n < 16; n++)
        for (int k = 0; k < GROUP; k++) sums[i][0].lane[n] += (int32_t)x[k] * w[n * GROUP + k];
    }
  }
}

static inline vi product(vi sum, vi a, vi b) {
  int8_t x[64], y[64];
  memcpy(x, &a, sizeof x);
  memcpy(y, &b, sizeof y);
  for (int i = 0; i < 64; i++) sum.lane[i / 4] += x[i] * y[i];
  return sum;
}
#define PRODUCT product

#include "generic/kernels.h"

void ck_softmax(float *x, size_t count) {
  float largest = -INFINITY;
  for (size_t i = 0; i < count; i++) largest = largest > x[i] ? largest : x[i];
  vf sum = vf_set1(0.0f);
  for (size_t i = 0; i < count; i += LANES) {
    size_t lanes = count - i < LANES ? count - i : LANES;
    vf d = vf_sub(vf_load_first(x + i, lanes), vf_set1(largest));
    vf e = vf_fill_from(exp2_negative(vf_mul(d, vf_set1(0x1.715476p+0f))), lanes, 0.0f);
    sum = vf_add(sum, e);
    vf_store_first(x + i, e, lanes);
  }
  float total = vf_reduce_add(sum);
  for (size_t i = 0; i < count; i++) x[i] /= total;
}

#define TABLE ck_scalar
#define TABLE_NAME "scalar"
#include "generic/table.h"
