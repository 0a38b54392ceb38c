// Sixteen lanes in four NEON registers. Minima and maxima differ from x86 in NaN only, which no model or image has.
typedef struct {
  float32x4_t a, b, c, d;
} vf;
typedef struct {
  int32x4_t a, b, c, d;
} vi;

#define OPAQUE(X) __asm__("" : "+w"((X).a), "+w"((X).b), "+w"((X).c), "+w"((X).d))
#define ALL(TYPE, OP) ((TYPE){OP(x.a, y.a), OP(x.b, y.b), OP(x.c, y.c), OP(x.d, y.d)})
#define ALL_1(TYPE, OP) ((TYPE){OP(x.a), OP(x.b), OP(x.c), OP(x.d)})
#define BY_QUARTERS(F, X, Y, Z) \
  ((vi){F((X).a, (Y).a, (Z).a), F((X).b, (Y).b, (Z).b), F((X).c, (Y).c, (Z).c), F((X).d, (Y).d, (Z).d)})
static inline vf vf_set1(float x) {
  float32x4_t all = vdupq_n_f32(x);
  return (vf){all, all, all, all};
}
static inline vf vf_load(const float *p) {
  return (vf){vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)};
}
static inline vf vf_load_first(const float *p, size_t n) {
  float lanes[16] = {0};
  __builtin_memcpy(lanes, p, n * sizeof *p);
  return vf_load(lanes);
}
static inline void vf_store(float *p, vf x) {
  vst1q_f32(p, x.a);
  vst1q_f32(p + 4, x.b);
  vst1q_f32(p + 8, x.c);
  vst1q_f32(p + 12, x.d);
}
static inline void vf_store_first(float *p, vf x, size_t n) {
  float lanes[16];
  vf_store(lanes, x);
  __builtin_memcpy(p, lanes, n * sizeof *p);
}
static inline vf vf_fill_from(vf x, size_t n, float y) {
  static const uint32_t index[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  float32x4_t fill = vdupq_n_f32(y);
  uint32x4_t first = vdupq_n_u32((uint32_t)n);
  return (vf){vbslq_f32(vcltq_u32(vld1q_u32(index), first), x.a, fill),
              vbslq_f32(vcltq_u32(vld1q_u32(index + 4), first), x.b, fill),
              vbslq_f32(vcltq_u32(vld1q_u32(index + 8), first), x.c, fill),
              vbslq_f32(vcltq_u32(vld1q_u32(index + 12), first), x.d, fill)};
}
static inline vf vf_add(vf x, vf y) { return ALL(vf, vaddq_f32); }
static inline vf vf_sub(vf x, vf y) { return ALL(vf, vsubq_f32); }
static inline vf vf_mul(vf x, vf y) { return ALL(vf, vmulq_f32); }
static inline vf vf_div(vf x, vf y) { return ALL(vf, vdivq_f32); }
static inline vf vf_max(vf x, vf y) { return ALL(vf, vmaxq_f32); }
static inline vf vf_min(vf x, vf y) { return ALL(vf, vminq_f32); }
static inline vf vf_abs(vf x) { return ALL_1(vf, vabsq_f32); }
static inline float vf_reduce_add(vf x) {
  float32x4_t quarter = vaddq_f32(vaddq_f32(x.a, x.c), vaddq_f32(x.b, x.d));
  float32x2_t pair = vadd_f32(vget_low_f32(quarter), vget_high_f32(quarter));
  return vget_lane_f32(pair, 0) + vget_lane_f32(pair, 1);
}
static inline float vf_reduce_max(vf x) {
  return vmaxvq_f32(vmaxq_f32(vmaxq_f32(x.a, x.c), vmaxq_f32(x.b, x.d)));
}
static inline vi vi_set1(int32_t x) {
  int32x4_t all = vdupq_n_s32(x);
  return (vi){all, all, all, all};
}
static inline vi vi_load(const int32_t *p) {
  return (vi){vld1q_s32(p), vld1q_s32(p + 4), vld1q_s32(p + 8), vld1q_s32(p + 12)};
}
// Bytes, zero-extended.
static inline vi vi_load_bytes(const int8_t *p) {
  uint8x16_t bytes = vld1q_u8((const uint8_t *)p);
  uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_high_u8(bytes);
  return (vi){vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))), vreinterpretq_s32_u32(vmovl_high_u16(low)),
              vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))), vreinterpretq_s32_u32(vmovl_high_u16(high))};
}
static inline void vi_store(int32_t *p, vi x) {
  vst1q_s32(p, x.a);
  vst1q_s32(p + 4, x.b);
  vst1q_s32(p + 8, x.c);
  vst1q_s32(p + 12, x.d);
}
static inline vi vi_add(vi x, vi y) { return ALL(vi, vaddq_s32); }
static inline vi vi_sub(vi x, vi y) { return ALL(vi, vsubq_s32); }
static inline vi vi_mul(vi x, vi y) { return ALL(vi, vmulq_s32); }
static inline vi vi_or(vi x, vi y) { return ALL(vi, vorrq_s32); }
static inline vi vi_shl(vi x, int bits) {
  vi y = vi_set1(bits);
  return ALL(vi, vshlq_s32);
}
static inline vi vf_bits(vf x) { return ALL_1(vi, vreinterpretq_s32_f32); }
static inline vf vf_from_bits(vi x) { return ALL_1(vf, vreinterpretq_f32_s32); }
static inline vf vf_from_int(vi x) { return ALL_1(vf, vcvtq_f32_s32); }
// Half to even.
static inline vi vf_round(vf x) { return ALL_1(vi, vcvtnq_s32_f32); }
static inline void vi_store_bytes(uint8_t *p, vi x, uint32_t mask) {
  int16x8_t low = vqmovn_high_s32(vqmovn_s32(x.a), x.b), high = vqmovn_high_s32(vqmovn_s32(x.c), x.d);
  uint8x16_t bytes = vreinterpretq_u8_s8(vqmovn_high_s16(vqmovn_s16(low), high));
  vst1q_u8(p, veorq_u8(bytes, vdupq_n_u8((uint8_t)mask)));
}
