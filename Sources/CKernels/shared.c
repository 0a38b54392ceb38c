// What all instruction sets share: packing weights, a product in parts, the size of scratch memory.
#include "internal.h"

#include <string.h>

static size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

size_t ck_packed_size(const ck_kernels *kernels, size_t outputs, size_t inputs) {
  return round_up(outputs, kernels->panel) * round_up(inputs, kernels->group);
}

// Whole groups of a row to where they stand in a panel, `step` bytes apart; inlined for each size of a group.
static inline __attribute__((always_inline)) int8_t *pack_groups(const int8_t *row, size_t groups, size_t group,
                                                                 int8_t *to, size_t step) {
  for (size_t g = 0; g < groups; g++, to += step) memcpy(to, row + g * group, group);
  return to;
}

bool ck_pack(const ck_kernels *kernels, const int8_t *weights, size_t outputs, size_t inputs, int8_t *packed,
             int32_t *sums) {
  int8_t least = 0;
  size_t panel = kernels->panel, group = kernels->group, padded = round_up(inputs, group);
  for (size_t first = 0; first < outputs; first += panel, packed += padded * panel, sums += panel) {
    for (size_t n = 0; n < panel; n++) {
      int8_t *to = packed + n * group;
      sums[n] = 0;
      if (first + n >= outputs) {
        for (size_t k = 0; k < padded; k += group, to += panel * group) memset(to, 0, group);
        continue;
      }
      const int8_t *row = weights + (first + n) * inputs;
      int32_t sum = 0;
      for (size_t k = 0; k < inputs; k++) {
        sum += row[k];
        least = row[k] < least ? row[k] : least;
      }
      sums[n] = sum;
      size_t whole = inputs / group, rest = inputs % group, step = panel * group;
      to = group == 2   ? pack_groups(row, whole, 2, to, step)
           : group == 4 ? pack_groups(row, whole, 4, to, step)
                        : pack_groups(row, whole, group, to, step);
      if (rest) {
        memset(to, 0, group);
        memcpy(to, row + whole * group, rest);
      }
    }
  }
  return least >= -127;
}

size_t ck_product_panels(const ck_product *product) {
  return round_up(product->layer.outputs, product->kernels->panel) / product->kernels->panel;
}

uint64_t ck_multiply(const void *work, uint32_t thread, size_t first, size_t count) {
  (void)thread;
  const ck_product *p = work;
  p->kernels->linear(&p->layer, &p->rows, first, count, p->out, p->out_stride, p->accumulate);
  size_t columns = p->layer.outputs - first * p->kernels->panel;
  if (columns > count * p->kernels->panel) columns = count * p->kernels->panel;
  return (uint64_t)p->rows.count * p->layer.inputs * columns;
}

uint64_t ck_attend(const void *work, uint32_t thread, size_t first, size_t count) {
  const ck_shared_attention *shared = work;
  ck_attention part = shared->attention;
  part.first_head = first;
  part.head_count = count;
  part.scratch = shared->scratch + thread * shared->scratch_stride;
  shared->kernels->attention(&part);
  return 2 * (uint64_t)part.rows * part.positions * part.head_dim * count;
}

uint64_t ck_apply_gelu(const void *work, uint32_t thread, size_t first, size_t count) {
  (void)thread;
  const ck_shared_gelu *g = work;
  g->kernels->gelu_quantise(g->x + first * g->width, count, g->width, g->kind, g->out + first * g->out_stride,
                            g->out_stride, g->scales + first, g->zeros + first);
  return 0;
}

// Enough for every table: panels of up to 32 columns, groups of up to 16, tiles of up to 16 rows.
size_t ck_attention_scratch(size_t positions, size_t head_dim) {
  size_t stride = ck_head_stride(head_dim), padded = round_up(positions, 32), channels = round_up(stride, 32);
  size_t rows = 16;
  return padded * stride + padded * channels + (padded + channels) * sizeof(int32_t) +
         (padded * rows + padded) * sizeof(float) + padded * rows + channels * rows * sizeof(int32_t) +
         8 * 64;
}
