// Sixteen lanes in two AVX2 registers.
typedef struct {
  __m256 a, b;
} vf;
typedef struct {
  __m256i a, b;
} vi;

static inline __m256i first8(size_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#define OPAQUE(X) __asm__("" : "+x"((X).a), "+x"((X).b))
#define BOTH(OP) ((vf){OP(x.a, y.a), OP(x.b, y.b)})
#define BOTH_I(OP) ((vi){OP(x.a, y.a), OP(x.b, y.b)})
static inline vf vf_set1(float x) { return (vf){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
static inline vf vf_load(const float *p) { return (vf){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
static inline vf vf_load_first(const float *p, size_t n) {
  return (vf){_mm256_maskload_ps(p, first8(n)),
              n > 8 ? _mm256_maskload_ps(p + 8, first8(n - 8)) : _mm256_setzero_ps()};
}
static inline void vf_store(float *p, vf x) {
  _mm256_storeu_ps(p, x.a);
  _mm256_storeu_ps(p + 8, x.b);
}
static inline void vf_store_first(float *p, vf x, size_t n) {
  _mm256_maskstore_ps(p, first8(n), x.a);
  if (n > 8) _mm256_maskstore_ps(p + 8, first8(n - 8), x.b);
}
static inline vf vf_fill_from(vf x, size_t n, float y) {
  __m256 fill = _mm256_set1_ps(y);
  return (vf){_mm256_blendv_ps(fill, x.a, _mm256_castsi256_ps(first8(n))),
              _mm256_blendv_ps(fill, x.b, _mm256_castsi256_ps(first8(n > 8 ? n - 8 : 0)))};
}
static inline vf vf_add(vf x, vf y) { return BOTH(_mm256_add_ps); }
static inline vf vf_sub(vf x, vf y) { return BOTH(_mm256_sub_ps); }
static inline vf vf_mul(vf x, vf y) { return BOTH(_mm256_mul_ps); }
static inline vf vf_div(vf x, vf y) { return BOTH(_mm256_div_ps); }
static inline vf vf_max(vf x, vf y) { return BOTH(_mm256_max_ps); }
static inline vf vf_min(vf x, vf y) { return BOTH(_mm256_min_ps); }
static inline vf vf_abs(vf x) {
  __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
  return (vf){_mm256_and_ps(x.a, magnitude), _mm256_and_ps(x.b, magnitude)};
}
static inline float vf_reduce_add(vf x) {
  __m256 half = _mm256_add_ps(x.a, x.b);
  __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  __m128 pair = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}
static inline float vf_reduce_max(vf x) {
  __m256 half = _mm256_max_ps(x.a, x.b);
  __m128 quarter = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  __m128 pair = _mm_max_ps(quarter, _mm_movehl_ps(quarter, quarter));
  return _mm_cvtss_f32(_mm_max_ss(pair, _mm_movehdup_ps(pair)));
}
static inline vi vi_set1(int32_t x) { return (vi){_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
static inline vi vi_load(const int32_t *p) {
  return (vi){_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)(p + 8))};
}
// Bytes, zero-extended.
static inline vi vi_load_bytes(const int8_t *p) {
  return (vi){_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)),
              _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p + 8)))};
}
static inline void vi_store(int32_t *p, vi x) {
  _mm256_storeu_si256((__m256i *)p, x.a);
  _mm256_storeu_si256((__m256i *)(p + 8), x.b);
}
static inline vi vi_add(vi x, vi y) { return BOTH_I(_mm256_add_epi32); }
static inline vi vi_sub(vi x, vi y) { return BOTH_I(_mm256_sub_epi32); }
static inline vi vi_mul(vi x, vi y) { return BOTH_I(_mm256_mullo_epi32); }
static inline vi vi_or(vi x, vi y) { return BOTH_I(_mm256_or_si256); }
static inline vi vi_shl(vi x, int bits) { return (vi){_mm256_slli_epi32(x.a, bits), _mm256_slli_epi32(x.b, bits)}; }
static inline vi vf_bits(vf x) { return (vi){_mm256_castps_si256(x.a), _mm256_castps_si256(x.b)}; }
static inline vf vf_from_bits(vi x) { return (vf){_mm256_castsi256_ps(x.a), _mm256_castsi256_ps(x.b)}; }
static inline vf vf_from_int(vi x) { return (vf){_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)}; }
static inline vi vf_round(vf x) { return (vi){_mm256_cvtps_epi32(x.a), _mm256_cvtps_epi32(x.b)}; }
static inline void vi_store_bytes(uint8_t *p, vi x, uint32_t mask) {
  __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(x.a, x.b), 0xd8);
  __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storeu_si128((__m128i *)p, _mm_xor_si128(bytes, _mm_set1_epi8((char)mask)));
}
