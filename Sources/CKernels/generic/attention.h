// Attention of one range of rows over int8 queries, keys and values, a head at a time: included once by each
// instruction set after linear.h. Keys and values become panels like those of a linear layer.

// Sixteen bytes of each of a group's rows to [16][group].
ALWAYS_INLINE void interleave(const int8_t *rows, size_t stride, int8_t *out) {
#if GROUP == 4
  vi r0 = vi_load_bytes(rows), r1 = vi_load_bytes(rows + stride), r2 = vi_load_bytes(rows + 2 * stride),
     r3 = vi_load_bytes(rows + 3 * stride);
  vi_store((int32_t *)out, vi_or(vi_or(r0, vi_shl(r1, 8)), vi_or(vi_shl(r2, 16), vi_shl(r3, 24))));
#else
  for (int c = 0; c < LANES; c++)
    for (int i = 0; i < GROUP; i++) out[c * GROUP + i] = rows[i * stride + c];
#endif
}

ALWAYS_INLINE void raw_tile(const int rows, const tile_input *in, int32_t *out, size_t out_stride) {
  vi acc[TILE_ROWS][VECTORS];
  tile(rows, in, acc);
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < VECTORS; v++) vi_store(out + (size_t)i * out_stride + v * LANES, acc[i][v]);
  }
}

static void raw_product(size_t rows, const tile_input *in, int32_t *out, size_t out_stride) {
#define RAW_TILE(R) raw_tile(R, in, out, out_stride)
  FOR_TILE_ROWS(rows, RAW_TILE)
}

// The sum of each of a panel's columns, times `factor`.
ALWAYS_INLINE void panel_sums(const int8_t *packed, size_t groups, int32_t factor, int32_t *sums) {
#if GROUP == 4
  vi ones = vi_set1(0x01010101);
  for (int v = 0; v < VECTORS; v++) {
    vi sum = vi_set1(0);
    for (size_t i = v * LANES * GROUP; i < groups * GROUP * PANEL; i += GROUP * PANEL)
      sum = PRODUCT(sum, ones, vi_load((const int32_t *)(packed + i)));
    vi_store(sums + v * LANES, vi_mul(sum, vi_set1(factor)));
  }
#else
  for (int n = 0; n < PANEL; n++) sums[n] = 0;
  for (size_t g = 0; g < groups; g++, packed += GROUP * PANEL) {
    for (int n = 0; n < PANEL; n++)
      for (int i = 0; i < GROUP; i++) sums[n] += factor * packed[n * GROUP + i];
  }
#endif
}

// Keys [capacity, head stride] to panels [positions / panel][head stride / group][panel][group]. What stands
// behind the last position takes part; softmax ignores its scores.
static void pack_keys(const int8_t *keys, size_t positions, size_t stride, int8_t *packed, int32_t *init) {
  size_t groups = stride / GROUP;
  for (size_t first = 0; first < positions; first += PANEL, packed += groups * GROUP * PANEL, init += PANEL) {
    for (size_t j = 0; j < PANEL; j++) {
      const int8_t *key = keys + (first + j) * stride;
      for (size_t g = 0; g < groups; g++)
        __builtin_memcpy(packed + (g * PANEL + j) * GROUP, key + g * GROUP, GROUP);
    }
    panel_sums(packed, groups, -RAW_OFFSET, init);
  }
}

// Values [capacity, head stride] to panels [head stride / panel][positions / group][panel][group]. What stands
// behind the last position is multiplied by probabilities of zero. A probability p is stored as p - 128, so
// 128 times the sums comes back.
static void pack_values(const int8_t *values, size_t positions, size_t stride, int8_t *packed, int32_t *init) {
  size_t groups = (positions + GROUP - 1) / GROUP;
  for (size_t first = 0; first < stride; first += PANEL, packed += groups * GROUP * PANEL, init += PANEL) {
    size_t channels = stride - first < PANEL ? stride - first : PANEL;
    for (size_t g = 0; g < groups; g++) {
      const int8_t *from = values + g * GROUP * stride + first;
      int8_t *to = packed + g * GROUP * PANEL;
      for (size_t c = 0; c < channels; c += LANES) interleave(from + c, stride, to + c * GROUP);
      __builtin_memset(to + channels * GROUP, 0, (PANEL - channels) * GROUP);
    }
    panel_sums(packed, groups, 128 - RAW_OFFSET, init);
  }
}

// Softmax of a tile's exact integer scores [rows, stride], in place, to probabilities of 8 bits, each already
// times the scale of its value. Step by step for all rows, so that the reductions of one row overlap the next.
typedef struct {
  size_t rows, positions, stride;
  const float *key_scales, *value_scales;
  const float *factors;  // [rows]: query scale · score scale
  union {
    int32_t *integers;
    float *floats;
  } scores;
  uint8_t *out;  // [rows, out_stride]
  size_t out_stride;
  float *results;  // [rows]: what the product with the values is to be multiplied by
} softmax_tile;

ALWAYS_INLINE float scale_scores(const softmax_tile *tile, size_t row) {
  size_t whole = tile->positions / LANES * LANES, rest = tile->positions - whole;
  const int32_t *from = tile->scores.integers + row * tile->stride;
  float *to = tile->scores.floats + row * tile->stride;
  vf m = vf_set1(-INFINITY);
  for (size_t i = 0; i < whole; i += LANES) {
    vf s = vf_mul(vf_from_int(vi_load(from + i)), vf_load(tile->key_scales + i));
    m = vf_max(m, s);
    vf_store(to + i, s);
  }
  if (rest) {
    vf s = vf_mul(vf_from_int(vi_load(from + whole)), vf_load_first(tile->key_scales + whole, rest));
    s = vf_fill_from(s, rest, -INFINITY);
    m = vf_max(m, s);
    vf_store(to + whole, s);
  }
  return vf_reduce_max(m);
}

// Returns the largest weight; `total` is the sum of the exponentials.
ALWAYS_INLINE float weigh(const softmax_tile *tile, size_t row, float largest, float *total) {
  size_t whole = tile->positions / LANES * LANES, rest = tile->positions - whole;
  float *scores = tile->scores.floats + row * tile->stride;
  vf top = vf_set1(largest), factor = vf_set1(tile->factors[row]);
  vf sum = vf_set1(0.0f), m = sum;
  for (size_t i = 0; i < whole; i += LANES) {
    vf e = exp2_negative(vf_mul(vf_sub(vf_load(scores + i), top), factor));
    sum = vf_add(sum, e);
    vf w = vf_mul(e, vf_load(tile->value_scales + i));
    m = vf_max(m, w);
    vf_store(scores + i, w);
  }
  if (rest) {
    vf e = exp2_negative(vf_mul(vf_sub(vf_load(scores + whole), top), factor));
    e = vf_fill_from(e, rest, 0.0f);
    sum = vf_add(sum, e);
    vf w = vf_mul(e, vf_load_first(tile->value_scales + whole, rest));
    m = vf_max(m, w);
    vf_store(scores + whole, w);
  }
  *total = vf_reduce_add(sum);
  return vf_reduce_max(m);
}

ALWAYS_INLINE void softmax(const softmax_tile *tile) {
  float largest[TILE_ROWS], totals[TILE_ROWS];
  for (size_t i = 0; i < tile->rows; i++) largest[i] = scale_scores(tile, i);
  for (size_t i = 0; i < tile->rows; i++) largest[i] = weigh(tile, i, largest[i], &totals[i]);
  vi offset = vi_set1(128);
  for (size_t i = 0; i < tile->rows; i++) {
    bool normal = largest[i] >= 0x1p-100f;
    vf inverse = vf_set1(normal ? 255.0f / largest[i] : 0.0f);
    const float *weights = tile->scores.floats + i * tile->stride;
    uint8_t *out = tile->out + i * tile->out_stride;
    for (size_t j = 0; j < tile->positions; j += LANES)
      vi_store_bytes(out + j, vi_sub(vf_round(vf_mul(vf_load(weights + j), inverse)), offset),
                     ACTIVATION_MASK);
    tile->results[i] = normal ? largest[i] / (255.0f * totals[i]) : 0.0f;
  }
}

static void *take(char **scratch, size_t bytes) {
  void *taken = *scratch;
  *scratch += (bytes + 63) / 64 * 64;
  return taken;
}

static void attention(const ck_attention *a) {
  size_t stride = ck_head_stride(a->head_dim), positions = a->positions;
  size_t key_panels = (positions + PANEL - 1) / PANEL, value_panels = (stride + PANEL - 1) / PANEL;
  size_t padded = key_panels * PANEL, groups = (positions + GROUP - 1) / GROUP;
  size_t width = (groups * GROUP + LANES - 1) / LANES * LANES;

  char *scratch = a->scratch;
  int8_t *keys = take(&scratch, (padded * stride) * sizeof(int8_t));
  int8_t *values = take(&scratch, (groups * GROUP * PANEL * value_panels) * sizeof(int8_t));
  int32_t *key_init = take(&scratch, (padded) * sizeof(int32_t));
  int32_t *value_init = take(&scratch, (value_panels * PANEL) * sizeof(int32_t));
  int32_t *scores = take(&scratch, (padded * TILE_ROWS) * sizeof(int32_t));
  uint8_t *probabilities = take(&scratch, (width * TILE_ROWS) * sizeof(uint8_t));
  int32_t *products = take(&scratch, (value_panels * PANEL * TILE_ROWS) * sizeof(int32_t));

  size_t tiles = (a->rows + TILE_ROWS - 1) / TILE_ROWS;
  if (tiles == 0) return;
  size_t height = a->rows / tiles, taller = a->rows % tiles;
  for (size_t h = a->first_head; h < a->first_head + a->head_count; h++) {
    const float *key_scales = a->keys.scales + h * a->keys.capacity;
    const float *value_scales = a->values.scales + h * a->values.capacity;
    pack_keys(a->keys.bytes + h * a->keys.capacity * stride, positions, stride, keys, key_init);
    pack_values(a->values.bytes + h * a->values.capacity * stride, positions, stride, values, value_init);
    for (size_t t = 0, first = 0; t < tiles; t++) {
      size_t count = height + (t < taller);
      for (size_t p = 0; p < key_panels; p++) {
        tile_input in = {a->queries + first * a->heads * stride + h * stride, a->heads * stride,
                         stride / GROUP, keys + p * PANEL * stride, key_init + p * PANEL, keys, 0};
        raw_product(count, &in, scores + p * PANEL, padded);
      }
      float factors[TILE_ROWS], results[TILE_ROWS];
      for (size_t i = 0; i < count; i++)
        factors[i] = a->query_scales[(first + i) * a->heads + h] * a->score_scale;
      softmax(&(softmax_tile){.rows = count,
                              .positions = positions,
                              .stride = padded,
                              .key_scales = key_scales,
                              .value_scales = value_scales,
                              .factors = factors,
                              .scores.integers = scores,
                              .out = probabilities,
                              .out_stride = width,
                              .results = results});
      for (size_t p = 0; p < value_panels; p++) {
        tile_input in = {probabilities, width, groups, values + p * groups * GROUP * PANEL,
                         value_init + p * PANEL, values, 0};
        raw_product(count, &in, products + p * PANEL, value_panels * PANEL);
      }
      for (size_t i = 0; i < count; i++) {
        float *out = a->output + (first + i) * a->output_stride + h * a->head_dim;
        const int32_t *product = products + i * value_panels * PANEL;
        vf factor = vf_set1(results[i]);
        for (size_t c = 0; c < a->head_dim; c += LANES) {
          size_t lanes = a->head_dim - c;
          vf y = vf_mul(vf_from_int(vi_load(product + c)), factor);
          if (lanes >= LANES) vf_store(out + c, y);
          else vf_store_first(out + c, y, lanes);
        }
      }
      first += count;
    }
  }
}
