// The kernels of one instruction set alone, on the layers of a ViT-B/16 with weights that come from memory:
// what tools/bench/kernels compiles and runs.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ckernels.h"

enum { ROWS = 202, CHUNK = 101, WIDTH = 768, MLP = 3072, HEADS = 12, HEAD_DIM = 64, BLOCKS = 12, CAPACITY = 224 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *zeroed(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!memory) exit(1);
  memset(memory, 0, (bytes + 127) / 64 * 64);
  return memory;
}

static ck_linear layer(const ck_kernels *kernels, size_t outputs, size_t inputs) {
  int8_t *weights = zeroed(outputs * inputs), *packed = zeroed(ck_packed_size(kernels, outputs, inputs));
  int32_t *sums = zeroed((outputs + 64) * sizeof(int32_t));
  for (size_t i = 0; i < outputs * inputs; i++) weights[i] = (int8_t)(rand() % 255 - 127);
  ck_pack(kernels, weights, outputs, inputs, packed, sums);
  free(weights);
  float *scales = zeroed((outputs + 64) * sizeof(float)), *bias = zeroed((outputs + 64) * sizeof(float));
  for (size_t i = 0; i < outputs; i++) scales[i] = 1e-4f;
  return (ck_linear){packed, sums, scales, bias, outputs, inputs};
}

// The least time of several runs of a body, in milliseconds.
#define LEAST(...)                                   \
  ({                                                 \
    double least = 1e9;                              \
    for (int run = 0; run < 7; run++) {              \
      double start = now();                          \
      __VA_ARGS__;                                   \
      double time = now() - start;                   \
      if (time < least) least = time;                \
    }                                                \
    least * 1e3;                                     \
  })

static void measure(const ck_kernels *k) {
  double peak = 0;
  for (int i = 0; i < 5; i++) {
    double start = now();
    double products = (double)k->peak(1000000), rate = products / (now() - start) / 1e9;
    if (rate > peak) peak = rate;
  }
  const size_t sizes[4][2] = {{3 * WIDTH, WIDTH}, {WIDTH, WIDTH}, {MLP, WIDTH}, {WIDTH, MLP}};
  const char *names[4] = {"qkv", "out", "fc1", "fc2"};
  ck_linear layers[4][BLOCKS];
  for (int kind = 0; kind < 4; kind++)
    for (int block = 0; block < BLOCKS; block++) layers[kind][block] = layer(k, sizes[kind][0], sizes[kind][1]);

  uint8_t *bytes = zeroed(ROWS * MLP);
  float *x = zeroed(ROWS * MLP * sizeof(float)), *y = zeroed(ROWS * MLP * sizeof(float));
  float *scales = zeroed(ROWS * HEADS * sizeof(float)), *ones = zeroed(MLP * sizeof(float));
  int32_t *zeros = zeroed(ROWS * sizeof(int32_t));
  for (size_t i = 0; i < ROWS * MLP; i++) x[i] = (float)(rand() % 2000 - 1000) / 300.0f;
  for (size_t i = 0; i < ROWS * MLP; i++) bytes[i] = (uint8_t)(rand() % 255);
  for (size_t i = 0; i < MLP; i++) ones[i] = 1;
  for (size_t i = 0; i < ROWS * HEADS; i++) scales[i] = 0.01f;

  printf("%s, peak %.1f GMAC/s\n", k->name, peak);
  for (int kind = 0; kind < 4; kind++) {
    double time = LEAST(for (int block = 0; block < BLOCKS; block++) for (size_t r = 0; r < ROWS; r += CHUNK) {
      ck_linear *l = &layers[kind][block];
      ck_rows rows = {bytes, l->inputs, CHUNK, scales, kind == 3 ? zeros : NULL};
      k->linear(l, &rows, 0, (l->outputs + k->panel - 1) / k->panel, y, l->outputs, kind % 2);
    });
    double products = (double)BLOCKS * ROWS * (double)(sizes[kind][0] * sizes[kind][1]) / 1e9;
    printf("  %-12s %7.2f ms  %6.1f GMAC/s  %5.1f %% of the peak\n", names[kind], time, products / time * 1e3,
           100 * products / time * 1e3 / peak);
  }
  printf("  %-12s %7.2f ms\n", "norm", LEAST(for (int i = 0; i < 2 * BLOCKS; i++) k->layer_norm_quantise(
                                              x, ROWS, WIDTH, ones, ones, bytes, WIDTH, scales)));
  // GELU works in place: fresh numbers each time, not counted.
  double gelu = 1e9;
  for (int run = 0; run < 7 * BLOCKS; run++) {
    memcpy(y, x, ROWS * MLP * sizeof(float));
    double start = now();
    k->gelu_quantise(y, ROWS, MLP, CK_GELU_QUICK, bytes, MLP, scales, zeros);
    double time = (now() - start) * 1e3 * BLOCKS;
    if (time < gelu) gelu = time;
  }
  printf("  %-12s %7.2f ms\n", "gelu", gelu);
  size_t count = CAPACITY * WIDTH;
  uint8_t *q = zeroed(ROWS * WIDTH), *keys = zeroed(count), *values = zeroed(count);
  float *qs = zeroed(ROWS * HEADS * sizeof(float)), *ks = zeroed(CAPACITY * HEADS * sizeof(float));
  float *vs = zeroed(CAPACITY * HEADS * sizeof(float));
  double heads = LEAST(for (int i = 0; i < BLOCKS; i++) {
    k->quantise_heads(x, WIDTH, ROWS, HEADS, HEAD_DIM, k->activation_mask, q, WIDTH, HEAD_DIM, qs, HEADS, 1);
    k->quantise_heads(x + 9, WIDTH, ROWS, HEADS, HEAD_DIM, 0, keys, HEAD_DIM, CAPACITY * HEAD_DIM, ks, 1, CAPACITY);
    k->quantise_heads(x + 5, WIDTH, ROWS, HEADS, HEAD_DIM, 0, values, HEAD_DIM, CAPACITY * HEAD_DIM, vs, 1,
                      CAPACITY);
  });
  printf("  %-12s %7.2f ms\n", "heads", heads);
  ck_attention a = {q,    qs,   {(int8_t *)keys, ks, CAPACITY}, {(int8_t *)values, vs, CAPACITY},
                    ROWS, ROWS, HEADS, HEAD_DIM, 0, HEADS, 0.18f, y, WIDTH,
                    zeroed(ck_attention_scratch(ROWS, HEAD_DIM))};
  double time = LEAST(for (int i = 0; i < BLOCKS; i++) k->attention(&a));
  double products = 2.0 * BLOCKS * ROWS * ROWS * WIDTH / 1e9;
  printf("  %-12s %7.2f ms  %6.1f GMAC/s  %5.1f %% of the peak\n", "attention", time, products / time * 1e3,
         100 * products / time * 1e3 / peak);
}

int main(int count, char **arguments) {
  if (count == 1) measure(ck_kernels_best());
  int lacking = 0;
  for (int i = 1; i < count; i++) {
    const ck_kernels *kernels = ck_kernels_named(arguments[i]);
    if (kernels) {
      measure(kernels);
      continue;
    }
    fprintf(stderr, "kernels: this processor or build lacks %s\n", arguments[i]);
    lacking++;
  }
  return lacking ? 2 : 0;
}
