// The int8 matrix product and what follows it in registers, for any tile: included once by each instruction set
// after its lanes and after
//   TILE_ROWS, VECTORS (of sixteen columns), GROUP, ACTIVATION_MASK
//   tile(rows, input, sums): sums[i][v] = init[v] + a[i] · b, raw bytes of a; rows is a constant.

enum { PANEL = VECTORS * LANES, RAW_OFFSET = ACTIVATION_MASK ? 128 : 0 };

// Calls WORK(rows) with rows a constant of 1...TILE_ROWS, so that every tile is unrolled.
#define TILE_CASE(R, WORK) \
  case R:                  \
    WORK(R);               \
    break;
#define TILE_CASES_4(W) TILE_CASE(1, W) TILE_CASE(2, W) TILE_CASE(3, W) TILE_CASE(4, W)
#define TILE_CASES_6(W) TILE_CASES_4(W) TILE_CASE(5, W) TILE_CASE(6, W)
#define TILE_CASES_8(W) TILE_CASES_6(W) TILE_CASE(7, W) TILE_CASE(8, W)
#define TILE_CASES_12(W) \
  TILE_CASES_8(W) TILE_CASE(9, W) TILE_CASE(10, W) TILE_CASE(11, W) TILE_CASE(12, W)
#define JOIN_(A, B) A##B
#define JOIN(A, B) JOIN_(A, B)
#define FOR_TILE_ROWS(rows, WORK)            \
  switch (rows) {                            \
    JOIN(TILE_CASES_, TILE_ROWS)(WORK)       \
    default: __builtin_unreachable();        \
  }

typedef struct {
  float *out;
  size_t out_stride;
  const float *row_scales, *scales, *bias;
  const int32_t *zeros, *sums;
  size_t columns;  // of this panel that exist
  bool accumulate;
} linear_output;

ALWAYS_INLINE vf dequantise(vi sum, vf row_scale, vf scale, vf bias) {
  return vf_add(vf_mul(vf_mul(vf_from_int(sum), row_scale), scale), bias);
}

// A whole panel; `accumulate` is a constant, for a branch at each store costs three per cent of a layer.
ALWAYS_INLINE void store_panel(const int rows, vi sums[][VECTORS], const linear_output *to,
                               const bool accumulate) {
  vf scale[VECTORS], bias[VECTORS];
  UNROLL for (int v = 0; v < VECTORS; v++) {
    scale[v] = vf_load(to->scales + v * LANES);
    bias[v] = vf_load(to->bias + v * LANES);
  }
  float *out = to->out;
  const float *row_scales = to->row_scales;
  size_t stride = to->out_stride;
  UNROLL for (int i = 0; i < rows; i++, out += stride) {
    vf row_scale = vf_set1(row_scales[i]);
    UNROLL for (int v = 0; v < VECTORS; v++) {
      vf y = dequantise(sums[i][v], row_scale, scale[v], bias[v]);
      vf_store(out + v * LANES, accumulate ? vf_add(vf_load(out + v * LANES), y) : y);
    }
  }
}

// The last panel of a layer whose outputs do not fill it.
static __attribute__((noinline)) void store_columns(const int rows, vi sums[][VECTORS],
                                                    const linear_output *to) {
  for (int i = 0; i < rows; i++) {
    for (size_t first = 0; first < to->columns; first += LANES) {
      size_t lanes = to->columns - first < LANES ? to->columns - first : LANES;
      float *out = to->out + (size_t)i * to->out_stride + first;
      vf y = dequantise(sums[i][first / LANES], vf_set1(to->row_scales[i]), vf_load(to->scales + first),
                        vf_load(to->bias + first));
      vf_store_first(out, to->accumulate ? vf_add(vf_load_first(out, lanes), y) : y, lanes);
    }
  }
}

ALWAYS_INLINE void linear_tile(const int rows, const tile_input *in, const linear_output *to) {
  vi sums[TILE_ROWS][VECTORS];
  tile(rows, in, sums);
  if (to->zeros) {
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int v = 0; v < VECTORS; v++)
        sums[i][v] = vi_sub(sums[i][v], vi_mul(vi_set1(to->zeros[i]), vi_load(to->sums + v * LANES)));
    }
  }
  if (to->columns < PANEL) {
    vi copy[TILE_ROWS][VECTORS];
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int v = 0; v < VECTORS; v++) copy[i][v] = sums[i][v];
    }
    store_columns(rows, copy, to);
  } else if (to->accumulate) {
    store_panel(rows, sums, to, true);
  } else {
    store_panel(rows, sums, to, false);
  }
}

static void linear(const ck_linear *layer, const ck_rows *rows, size_t first_panel, size_t panels, float *out,
                   size_t out_stride, bool accumulate) {
  if (rows->count == 0) return;
  size_t groups = (layer->inputs + GROUP - 1) / GROUP, panel_bytes = groups * GROUP * PANEL;
  // Tiles of nearly equal height, so that none is left with a row or two.
  size_t tiles = (rows->count + TILE_ROWS - 1) / TILE_ROWS;
  size_t height = rows->count / tiles, taller = rows->count % tiles;
  // The next panel comes from far: each tile of this one fetches its share, a little in every group.
  size_t ahead_step = (GROUP * PANEL + tiles - 1) / tiles;
  for (size_t p = first_panel; p < first_panel + panels; p++) {
    const int8_t *b = layer->weights + p * panel_bytes;
    _Alignas(64) int32_t init[PANEL];
    for (int n = 0; n < PANEL; n++) init[n] = -RAW_OFFSET * layer->sums[p * PANEL + n];
    size_t left = layer->outputs - p * PANEL, first = 0;
    for (size_t t = 0; t < tiles; t++) {
      size_t count = height + (t < taller);
      tile_input in = {rows->bytes + first * rows->stride, rows->stride, groups, b, init,
                       b + panel_bytes + t * groups * ahead_step, ahead_step};
      linear_output to = {
          .out = out + first * out_stride + p * PANEL,
          .out_stride = out_stride,
          .row_scales = rows->scales + first,
          .scales = layer->scales + p * PANEL,
          .bias = layer->bias + p * PANEL,
          .zeros = rows->zeros ? rows->zeros + first : NULL,
          .sums = layer->sums + p * PANEL,
          .columns = left < PANEL ? left : PANEL,
          .accumulate = accumulate,
      };
#define LINEAR_TILE(R) linear_tile(R, &in, &to)
      FOR_TILE_ROWS(count, LINEAR_TILE)
      first += count;
    }
  }
}
