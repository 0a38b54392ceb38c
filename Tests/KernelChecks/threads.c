// Threads that share work: every item is done once, whoever does it, and products of layers come out the same.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

// As many as there are processors nearly everywhere: those spin.
static bool may_spin(uint32_t threads) { return threads <= 2; }

static uint64_t do_items(const void *context, uint32_t thread, size_t first, size_t count) {
  (void)thread;
  atomic_uint *times = (atomic_uint *)(uintptr_t)context;
  for (size_t i = first; i < first + count; i++) {
    // Items of unequal length, so that threads come to the end of a step at different times.
    for (volatile size_t spin = 0; spin < i % 64; spin++) {}
    atomic_fetch_add_explicit(&times[i], 1, memory_order_relaxed);
  }
  return count;
}

// Waits until every thread has come here: each does its own part of a step.
static uint64_t meet(ct_pool *pool, uint32_t thread, uint32_t step) {
  if (ct_pool_take(pool, step, thread)) ct_pool_finish(pool);
  return ct_pool_wait(pool, thread, step);
}

static void share_rounds(void *context, uint32_t thread) {
  sharing *s = context;
  uint32_t step = ct_pool_first_step(s->pool);
  for (uint32_t round = 0; round < ROUNDS; round++) {
    // Each thread has some, or the first all, so that the others wait at once.
    uint32_t items = round % 2 == 0 ? s->items / (thread + 1) : thread == 0 ? s->items : 0;
    s->of[thread].items += items;
    s->of[thread].done += ct_pool_share(s->pool, thread, items, do_items, s->of[thread].times);
    for (uint32_t i = 0; i < items; i++)
      s->of[thread].wrong += atomic_exchange_explicit(&s->of[thread].times[i], 0, memory_order_relaxed) != 1;
    s->of[thread].done += meet(s->pool, thread, step + round);
  }
}

void check_share(const char *set, uint64_t *hash) {
  (void)set;
  (void)hash;
  static const uint32_t item_counts[] = {0, 1, 2, 7, 8, 9, 100, MOST_ITEMS};
  generator random = {11};
  for (size_t t = 0; t < sizeof thread_counts / sizeof *thread_counts; t++) {
    uint32_t threads = thread_counts[t];
    ct_pool *pool = ct_pool_create(threads, may_spin(threads));
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

// A thread on a slow core: what it has not begun is done by those that wait.
enum { SLOW_THREADS = 4, SLOW_ITEMS = 160 };

typedef struct {
  ct_pool *pool;
  uint64_t done[SLOW_THREADS];
} slow_core;

static uint64_t do_slowly(const void *context, uint32_t thread, size_t first, size_t count) {
  (void)context;
  (void)first;
  for (size_t i = 0; thread == 0 && i < count; i++) nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  return count;
}

static void share_slowly(void *context, uint32_t thread) {
  slow_core *s = context;
  s->done[thread] = ct_pool_share(s->pool, thread, thread == 0 ? SLOW_ITEMS : 0, do_slowly, s);
  s->done[thread] += meet(s->pool, thread, ct_pool_first_step(s->pool));
}

void check_slow_core(const char *set, uint64_t *hash) {
  (void)set;
  (void)hash;
  slow_core s = {.pool = ct_pool_create(SLOW_THREADS, true)};
  if (!s.pool) {
    fail("no pool of %u threads", SLOW_THREADS);
    return;
  }
  // Its first portion is a sixteenth. Where the machine is busy others may be late, too, but not always.
  uint64_t least = SLOW_ITEMS;
  for (int round = 0; round < ROUNDS && least > SLOW_ITEMS / 4; round++) {
    ct_pool_run(s.pool, share_slowly, &s);
    if (s.done[0] + s.done[1] + s.done[2] + s.done[3] != SLOW_ITEMS) fail("not all items were counted");
    if (s.done[0] < least) least = s.done[0];
  }
  ct_pool_destroy(s.pool);
  if (least == 0 || least > SLOW_ITEMS / 4) fail("the slow thread did %zu of %u items", (size_t)least, SLOW_ITEMS);
}

// Steps of parts that whoever is there does, in order, each once; a thread that gets no processor has nothing to do.
typedef struct {
  ct_pool *pool;
  uint32_t threads, late;  // the thread that comes late
  atomic_uint times[ROUNDS][MOST_THREADS], by_others, wrong;
} stepping;

static void take_steps(void *context, uint32_t thread) {
  stepping *s = context;
  if (thread == s->late) nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
  uint32_t first = ct_pool_first_step(s->pool);
  for (uint32_t round = 0; round < ROUNDS; round++) {
    for (uint32_t i = 0; i < s->threads; i++) {
      uint32_t part = (thread + i) % s->threads;
      if (!ct_pool_take(s->pool, first + round, part)) continue;
      // All of the step before is done, and of its results all is seen.
      for (uint32_t p = 0; round > 0 && p < s->threads; p++)
        if (atomic_load_explicit(&s->times[round - 1][p], memory_order_relaxed) != 1) atomic_fetch_add(&s->wrong, 1);
      atomic_fetch_add_explicit(&s->times[round][part], 1, memory_order_relaxed);
      if (part == s->late && thread != s->late) atomic_fetch_add(&s->by_others, 1);
      ct_pool_finish(s->pool);
    }
    ct_pool_wait(s->pool, thread, first + round);
  }
}

void check_steps(const char *set, uint64_t *hash) {
  (void)set;
  (void)hash;
  for (size_t t = 0; t < sizeof thread_counts / sizeof *thread_counts; t++) {
    uint32_t threads = thread_counts[t];
    stepping s = {.pool = ct_pool_create(threads, may_spin(threads)), .threads = threads};
    if (!s.pool) {
      fail("no pool of %u threads", threads);
      continue;
    }
    for (s.late = 0; s.late < threads; s.late++) {
      memset(s.times, 0, sizeof s.times);
      ct_pool_run(s.pool, take_steps, &s);
      for (int round = 0; round < ROUNDS; round++)
        for (uint32_t part = 0; part < threads; part++)
          if (s.times[round][part] != 1) fail("%u threads: part %u done %u times", threads, part, s.times[round][part]);
    }
    ct_pool_destroy(s.pool);
    if (s.wrong) fail("%u threads: a step began before the one before was done", threads);
    if (threads > 1 && !s.by_others) fail("%u threads: nobody did the part of one that was late", threads);
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
  uint32_t step = ct_pool_first_step(m->pool);
  for (int round = 0; round < ROUNDS; round++) {
    // The first thread has all the rows, so the others wait at once.
    if (thread == 0) {
      uint32_t panels = (uint32_t)ck_product_panels(&m->product);
      m->products[0] += ct_pool_share(m->pool, 0, panels, ck_multiply, &m->product);
    }
    m->products[thread] += meet(m->pool, thread, step + (uint32_t)round);
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
    multiplication m = {.pool = ct_pool_create(thread_counts[t], may_spin(thread_counts[t])), .product = product};
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
