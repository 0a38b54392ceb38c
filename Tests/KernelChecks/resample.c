// The resampler: every table against sums in 64 bits.
#include <stdio.h>
#include <string.h>

#include "support.h"

// Weights of one direction as Imaging/ResampleWeights.swift lays them out, but random: as large as Pillow's
// become, so that any sum fits 32 bits, and of as many taps as a strong reduction has.
static ci_taps draw_taps(int32_t outputs, int32_t inputs, generator *random) {
  int32_t most = draw_between(random, 1, inputs < 600 ? inputs : 600), stride = (most + 7) / 8 * 8;
  size_t size = (size_t)outputs * (size_t)stride;
  int32_t *first = fenced((size_t)outputs * sizeof *first, 4, random);
  int32_t *count = fenced((size_t)outputs * sizeof *count, 4, random);
  int32_t *weight = fenced(size * sizeof *weight, 4, random);
  int16_t *high = fenced(size * sizeof *high, 4, random), *low = fenced(size * sizeof *low, 4, random);
  memset(weight, 0, size * sizeof *weight);
  memset(high, 0, size * sizeof *high);
  memset(low, 0, size * sizeof *low);
  for (int32_t i = 0; i < outputs; i++) {
    count[i] = draw_between(random, 1, most);
    first[i] = draw_between(random, 0, inputs - count[i]);
    int32_t largest = (1 << 22) * 19 / 10 / count[i];
    for (int32_t t = 0; t < count[i]; t++) {
      int32_t w = draw_between(random, -largest / 8, largest);
      size_t at = (size_t)i * (size_t)stride + (size_t)t;
      weight[at] = w;
      high[at] = (int16_t)(w >> 15);
      low[at] = (int16_t)(w & 0x7fff);
    }
  }
  return (ci_taps){outputs, stride, first, count, weight, high, low};
}

static uint8_t expected_value(const uint8_t *source, size_t step, const ci_taps *taps, int32_t i) {
  int64_t sum = 1 << 21;
  for (int32_t t = 0; t < taps->count[i]; t++)
    sum += (int64_t)taps->weight[i * taps->stride + t] * source[(size_t)(taps->first[i] + t) * step];
  sum >>= 22;
  return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static uint8_t *draw_pixels(size_t count, bool extreme, generator *random) {
  uint8_t *pixels = fenced(count, 1, random);
  for (size_t i = 0; extreme && i < count; i++) pixels[i] = pixels[i] & 1 ? 255 : 0;
  return pixels;
}

static void check_horizontal(const ci_kernels *table, const char *what, generator *random, uint64_t *hash) {
  int32_t rows = draw_between(random, 1, 9), outputs = draw_between(random, 1, 40);
  int32_t inputs = draw(random) % 8 ? draw_between(random, 1, 120) : 1500;
  ci_taps taps = draw_taps(outputs, inputs, random);
  // The last row ends where memory does.
  size_t stride = (size_t)inputs * 3 + (size_t)draw_between(random, 0, 9);
  size_t readable = (size_t)(rows - 1) * stride + (size_t)inputs * 3;
  uint8_t *source = draw_pixels(readable, draw(random) % 3 == 0, random);
  size_t target_stride = (size_t)outputs * 3 + 1;
  uint8_t *target = fenced((size_t)rows * target_stride, 1, random);
  table->horizontal(source, stride, readable, rows, &taps, target, target_stride);
  for (int32_t y = 0; y < rows; y++) {
    uint8_t *row = target + (size_t)y * target_stride;
    for (int32_t i = 0; i < outputs * 3; i++) {
      uint8_t value = expected_value(source + (size_t)y * stride + i % 3, 3, &taps, i / 3);
      if (row[i] != value) fail("%s rows: %d, not %d", what, row[i], value);
    }
    add(hash, row, (size_t)outputs * 3);
  }
  release();
}

static void check_vertical(const ci_kernels *table, const char *what, generator *random, uint64_t *hash) {
  int32_t bytes = draw_between(random, 1, 200), outputs = draw_between(random, 1, 12);
  int32_t inputs = draw(random) % 8 ? draw_between(random, 1, 60) : 700;
  ci_taps taps = draw_taps(outputs, inputs, random);
  size_t stride = (size_t)bytes + (size_t)draw_between(random, 0, 9);
  uint8_t *source = draw_pixels((size_t)(inputs - 1) * stride + (size_t)bytes, draw(random) % 3 == 0, random);
  size_t target_stride = (size_t)bytes + 2;
  uint8_t *target = fenced((size_t)(outputs - 1) * target_stride + (size_t)bytes, 1, random);
  for (int32_t y = 0; y + 1 < outputs; y++) memset(target + (size_t)y * target_stride + bytes, 0x77, 2);
  table->vertical(source, stride, bytes, &taps, target, target_stride);
  for (int32_t y = 0; y < outputs; y++) {
    uint8_t *row = target + (size_t)y * target_stride;
    for (int32_t i = 0; i < bytes; i++) {
      uint8_t value = expected_value(source + i, stride, &taps, y);
      if (row[i] != value) fail("%s columns: %d, not %d", what, row[i], value);
    }
    if (y + 1 < outputs && (row[bytes] != 0x77 || row[bytes + 1] != 0x77)) fail("%s wrote behind a row", what);
    add(hash, row, (size_t)bytes);
  }
  release();
}

void check_resample(const char *set, uint64_t *hash) {
  const ci_kernels *table = ci_kernels_named(set);
  generator random = {8};
  for (int round = 0; round < 150; round++) {
    check_horizontal(table, set, &random, hash);
    check_vertical(table, set, &random, hash);
  }
}
