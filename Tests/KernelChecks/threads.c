// Threads that share work: every item is done once, whoever does it, and products of layers come out the same.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "cthreads.h"
#include "support.h"

// More threads than processors, too, which sleep instead of spinning.
static const uint32_t thread_counts[] = {1, 2, 3, 7};
enum { MOST_THREADS = 7, MOST_ITEMS = 1000, ROUNDS = 20 };

typedef struct {
  ct_pool *pool;
  uint32_t items;
  struct {
    atomic_uint times[MOST_ITEMS];  // that each item of this thread's work was done
    uint32_t wrong;                 // items not done once by the time that the work was
    uint64_t items, done;           // that it had, that it did
  } of[MOST_THREADS];
} sharing;

static uint64_t do_items(const void *context, size_t first, size_t count) {
  atomic_uint *times = (atomic_uint *)(uintptr_t)context;
  for (size_t i = first; i < first + count; i++) {
    // Items of unequal length, so that threads come to the barrier at different times.
    for (volatile size_t spin = 0; spin < i % 64; spin++) {}
    atomic_fetch_add_explicit(&times[i], 1, memory_order_relaxed);
  }
  return count;
}

static void share_rounds(void *context, uint32_t thread) {
  sharing *s = context;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    // Each thread has some, or the first all, so that the others come to the barrier at once.
    uint32_t items = round % 2 == 0 ? s->items / (thread + 1) : thread == 0 ? s->items : 0;
    s->of[thread].items += items;
    s->of[thread].done += ct_pool_share(s->pool, thread, items, do_items, s->of[thread].times);
    for (uint32_t i = 0; i < items; i++)
      s->of[thread].wrong += atomic_exchange_explicit(&s->of[thread].times[i], 0, memory_order_relaxed) != 1;
    s->of[thread].done += ct_pool_barrier(s->pool, thread);
  }
}

void check_share(const char *set, uint64_t *hash) {
  (void)set;
  (void)hash;
  static const uint32_t item_counts[] = {0, 1, 2, 7, 8, 9, 100, MOST_ITEMS};
  generator random = {11};
  for (size_t t = 0; t < sizeof thread_counts / sizeof *thread_counts; t++) {
    uint32_t threads = thread_counts[t];
    ct_pool *pool = ct_pool_create(threads);
    if (!pool) {
      fail("no pool of %u threads", threads);
      continue;
    }
    for (size_t i = 0; i < sizeof item_counts / sizeof *item_counts; i++) {
      sharing *s = fenced(sizeof *s, 64, &random);
      memset(s, 0, sizeof *s);
      s->pool = pool;
      s->items = item_counts[i];
      ct_pool_run(pool, share_rounds, s);
      uint64_t items = 0, done = 0;
      for (uint32_t thread = 0; thread < threads; thread++) {
        items += s->of[thread].items;
        done += s->of[thread].done;
        if (s->of[thread].wrong)
          fail("%u threads: %u of %u items not done once", threads, s->of[thread].wrong, s->items);
      }
      if (done != items) fail("%u threads: %zu of %zu items counted", threads, (size_t)done, (size_t)items);
      release();
    }
    ct_pool_destroy(pool);
  }
}

// A product of a layer as the engine does it.
enum { ROWS = 40, INPUTS = 512, OUTPUTS = 768 };

typedef struct {
  ct_pool *pool;
  ck_product product;
  uint64_t products[MOST_THREADS];
} multiplication;

static void multiply_rounds(void *context, uint32_t thread) {
  multiplication *m = context;
  for (int round = 0; round < ROUNDS; round++) {
    // The first thread has all the rows, so the others come to the barrier at once.
    if (thread == 0) {
      uint32_t panels = (uint32_t)ck_product_panels(&m->product);
      m->products[0] += ct_pool_share(m->pool, 0, panels, ck_multiply, &m->product);
    }
    m->products[thread] += ct_pool_barrier(m->pool, thread);
  }
}

void check_shared_linear(const char *set, uint64_t *hash) {
  const ck_kernels *table = ck_kernels_named(set);
  const size_t size = ROWS * OUTPUTS * sizeof(float);
  generator random = {12};
  int8_t *weights = fenced(OUTPUTS * INPUTS, 1, &random);
  for (size_t i = 0; i < OUTPUTS * INPUTS; i++) weights[i] = draw_code(&random, false);
  uint8_t *bytes = fenced(ROWS * INPUTS, 1, &random);
  for (size_t i = 0; i < ROWS * INPUTS; i++) bytes[i] ^= (uint8_t)table->activation_mask;
  float *scales = fenced(OUTPUTS * sizeof(float), 64, &random), *bias = fenced(OUTPUTS * sizeof(float), 64, &random);
  for (size_t n = 0; n < OUTPUTS; n++) {
    scales[n] = draw_float(&random, 1);
    bias[n] = draw_float(&random, 1);
  }
  float *row_scales = fenced(ROWS * sizeof(float), 4, &random);
  for (size_t m = 0; m < ROWS; m++) row_scales[m] = 0.5f;
  int8_t *packed = fenced(ck_packed_size(table, OUTPUTS, INPUTS), 64, &random);
  int32_t *sums = fenced(OUTPUTS * sizeof(int32_t), 64, &random);
  ck_pack(table, weights, OUTPUTS, INPUTS, packed, sums);
  ck_product product = {.kernels = table,
                        .layer = {packed, sums, scales, bias, OUTPUTS, INPUTS},
                        .rows = {.bytes = bytes, .stride = INPUTS, .count = ROWS, .scales = row_scales},
                        .out_stride = OUTPUTS,
                        .accumulate = true};

  float *expected = fenced(size, 4, &random), *out = fenced(size, 4, &random);
  memset(expected, 0, size);
  for (int round = 0; round < ROUNDS; round++)
    table->linear(&product.layer, &product.rows, 0, OUTPUTS / table->panel, expected, OUTPUTS, true);
  add(hash, expected, size);
  for (size_t t = 0; t < sizeof thread_counts / sizeof *thread_counts; t++) {
    multiplication m = {.pool = ct_pool_create(thread_counts[t]), .product = product};
    if (!m.pool) {
      fail("no pool of %u threads", thread_counts[t]);
      continue;
    }
    m.product.out = out;
    memset(out, 0, size);
    ct_pool_run(m.pool, multiply_rounds, &m);
    ct_pool_destroy(m.pool);
    char threads[32];
    snprintf(threads, sizeof threads, "%u threads", thread_counts[t]);
    expect_same(set, threads, out, expected, size);
    uint64_t done = 0;
    for (uint32_t thread = 0; thread < thread_counts[t]; thread++) done += m.products[thread];
    if (done != (uint64_t)ROUNDS * ROWS * INPUTS * OUTPUTS) fail("%s, %s: %zu products", set, threads, (size_t)done);
  }
  release();
}
