// Attention of one range of rows over int8 queries, keys and values, a head at a time: included once by each
// instruction set after linear.h. Keys and values become panels like those of a linear layer.

ALWAYS_INLINE void raw_tile(const int rows, const tile_input *in, int32_t *out, size_t out_stride) {
  vi acc[TILE_ROWS][VECTORS];
  tile(rows, in->a, in->stride, in->b, in->groups, in->init, acc);
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < VECTORS; v++) vi_store(out + (size_t)i * out_stride + v * LANES, acc[i][v]);
  }
}

static void raw_product(size_t rows, const tile_input *in, int32_t *out, size_t out_stride) {
#define RAW_TILE(R) raw_tile(R, in, out, out_stride)
  FOR_TILE_ROWS(rows, RAW_TILE)
}

// Keys [positions, head stride] to panels of positions [positions / panel][head stride / group][panel][group].
static void pack_keys(const int8_t *keys, size_t positions, size_t stride, int8_t *packed, int32_t *init) {
  size_t groups = stride / GROUP;
  for (size_t first = 0; first < positions; first += PANEL, packed += groups * GROUP * PANEL, init += PANEL) {
    for (size_t j = 0; j < PANEL; j++) {
      const int8_t *key = keys + (first + j) * stride;
      bool exists = first + j < positions;
      int32_t sum = 0;
      for (size_t g = 0; g < groups; g++) {
        int8_t *to = packed + (g * PANEL + j) * GROUP;
        if (exists) __builtin_memcpy(to, key + g * GROUP, GROUP);
        else __builtin_memset(to, 0, GROUP);
        if (RAW_OFFSET)
          for (size_t i = 0; i < GROUP; i++) sum += to[i];
      }
      init[j] = -RAW_OFFSET * sum;
    }
  }
}

// Values [positions, head stride] to panels of channels [channels / panel][positions / group][panel][group].
// The probabilities p are stored as p - 128, so 128 times the sums is added.
static void pack_values(const int8_t *values, size_t positions, size_t stride, int8_t *packed, int32_t *init) {
  size_t groups = (positions + GROUP - 1) / GROUP;
  for (size_t first = 0; first < stride; first += PANEL, packed += groups * GROUP * PANEL, init += PANEL) {
    int32_t sums[PANEL] = {0};
    for (size_t g = 0; g < groups; g++) {
      for (size_t i = 0; i < GROUP; i++) {
        size_t position = g * GROUP + i;
        const int8_t *value = values + position * stride + first;
        int8_t *to = packed + g * PANEL * GROUP + i;
        size_t channels = stride - first < PANEL ? stride - first : PANEL;
        if (position >= positions) channels = 0;
        for (size_t c = 0; c < channels; c++) {
          to[c * GROUP] = value[c];
          sums[c] += value[c];
        }
        for (size_t c = channels; c < PANEL; c++) to[c * GROUP] = 0;
      }
    }
    for (int c = 0; c < PANEL; c++) init[c] = (128 - RAW_OFFSET) * sums[c];
  }
}

// One row of exact integer scores to probabilities of 8 bits, each already times the scale of its value.
// Returns what the product with the values is to be multiplied by.
ALWAYS_INLINE float softmax_row(const int32_t *scores, const float *key_scales, const float *value_scales,
                                size_t positions, float factor, float *weights, uint8_t *out,
                                size_t out_width) {
  size_t whole = positions / LANES * LANES, rest = positions - whole;
  vf m = vf_set1(-INFINITY);
  for (size_t i = 0; i < whole; i += LANES) {
    vf s = vf_mul(vf_from_int(vi_load(scores + i)), vf_load(key_scales + i));
    m = vf_max(m, s);
    vf_store(weights + i, s);
  }
  if (rest) {
    vf s = vf_mul(vf_from_int(vi_load(scores + whole)), vf_load_first(key_scales + whole, rest));
    vf_store(weights + whole, s);
    m = vf_max(m, vf_fill_from(s, rest, -INFINITY));
  }
  vf largest = vf_set1(vf_reduce_max(m)), scale = vf_set1(factor);
  vf sum = vf_set1(0.0f), top = sum;
  for (size_t i = 0; i < whole; i += LANES) {
    vf e = exp2_lanes(vf_mul(vf_sub(vf_load(weights + i), largest), scale));
    sum = vf_add(sum, e);
    vf w = vf_mul(e, vf_load(value_scales + i));
    top = vf_max(top, w);
    vf_store(weights + i, w);
  }
  if (rest) {
    vf e = exp2_lanes(vf_mul(vf_sub(vf_load(weights + whole), largest), scale));
    e = vf_fill_from(e, rest, 0.0f);
    sum = vf_add(sum, e);
    vf w = vf_mul(e, vf_load_first(value_scales + whole, rest));
    top = vf_max(top, w);
    vf_store(weights + whole, w);
  }
  float peak = vf_reduce_max(top), total = vf_reduce_add(sum);
  bool normal = peak >= 0x1p-100f;
  vf inverse = vf_set1(normal ? 255.0f / peak : 0.0f);
  vi offset = vi_set1(128);
  for (size_t i = 0; i < out_width; i += LANES) {
    vf w = i < positions ? vf_load(weights + i) : vf_set1(0.0f);
    vi_store_bytes(out + i, vi_sub(vf_round(vf_mul(w, inverse)), offset), ACTIVATION_MASK);
  }
  return normal ? peak / (255.0f * total) : 0.0f;
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
  float *weights = take(&scratch, (padded) * sizeof(float));
  uint8_t *probabilities = take(&scratch, (width * TILE_ROWS) * sizeof(uint8_t));
  int32_t *products = take(&scratch, (value_panels * PANEL * TILE_ROWS) * sizeof(int32_t));

  size_t tiles = (a->rows + TILE_ROWS - 1) / TILE_ROWS;
  if (tiles == 0) return;
  size_t height = a->rows / tiles, taller = a->rows % tiles;
  for (size_t h = 0; h < a->heads; h++) {
    const float *key_scales = a->keys.scales + h * a->keys.capacity;
    const float *value_scales = a->values.scales + h * a->values.capacity;
    pack_keys(a->keys.bytes + h * a->keys.capacity * stride, positions, stride, keys, key_init);
    pack_values(a->values.bytes + h * a->values.capacity * stride, positions, stride, values, value_init);
    for (size_t t = 0, first = 0; t < tiles; t++) {
      size_t count = height + (t < taller);
      for (size_t p = 0; p < key_panels; p++) {
        tile_input in = {a->queries + first * a->heads * stride + h * stride, a->heads * stride,
                         stride / GROUP, keys + p * PANEL * stride, key_init + p * PANEL};
        raw_product(count, &in, scores + p * PANEL, padded);
      }
      float factors[TILE_ROWS];
      for (size_t i = 0; i < count; i++)
        factors[i] = softmax_row(scores + i * padded, key_scales, value_scales, positions,
                                 a->query_scales[(first + i) * a->heads + h] * a->score_scale, weights,
                                 probabilities + i * width, width);
      for (size_t p = 0; p < value_panels; p++) {
        tile_input in = {probabilities, width, groups, values + p * groups * GROUP * PANEL,
                         value_init + p * PANEL};
        raw_product(count, &in, products + p * PANEL, value_panels * PANEL);
      }
      for (size_t i = 0; i < count; i++) {
        float *out = a->output + (first + i) * a->output_stride + h * a->head_dim;
        const int32_t *product = products + i * value_panels * PANEL;
        vf factor = vf_set1(factors[i]);
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
