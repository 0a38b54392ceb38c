#define _GNU_SOURCE
#include "ckpool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// How often to look before sleeping. Between runs about 50 microseconds, since a camera's next frame is far away;
// within one ten times that: the others are not far behind, and may need help.
enum { SPINS_BETWEEN = 2000, SPINS_WITHIN = 20000 };

// A word that threads wait on. Alone in its cache line, since some spin on it while others work.
typedef struct {
  _Alignas(64) atomic_uint value;
  atomic_uint sleepers;
} signal_word;

// A linear layer that one thread is at: its panels [first, end) nobody has taken yet. The thread takes some from the
// front; others, while they wait, one from the back.
typedef struct {
  _Alignas(64) atomic_uint_fast64_t open;  // first, and end · 2^32
  atomic_size_t helped;                    // panels that others have done
  const ck_kernels *kernels;
  ck_linear layer;
  ck_rows rows;
  float *out;
  size_t out_stride;
  bool accumulate;
} product;

typedef struct {
  product product;
  ck_pool *pool;
  uint32_t index;
  pthread_t thread;
} worker;

struct ck_pool {
  signal_word start, finished, barrier;
  _Alignas(64) atomic_uint running, arrived;
  uint32_t threads;
  bool may_spin;
  bool stopping;
  void (*body)(void *context, uint32_t thread);
  void *context;
  worker workers[];  // [threads], the caller of a run being the first
};

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void wait_while(signal_word *word, uint32_t value, uint32_t spins) {
  for (uint32_t i = 0; i < spins; i++) {
    if (atomic_load_explicit(&word->value, memory_order_acquire) != value) return;
    relax();
  }
  atomic_fetch_add(&word->sleepers, 1);
  while (atomic_load(&word->value) == value)
    syscall(SYS_futex, &word->value, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
  atomic_fetch_sub(&word->sleepers, 1);
}

// A waiter counts itself before the system compares the value, so either it sees the new value or is seen here.
static void advance(signal_word *word) {
  atomic_fetch_add(&word->value, 1);
  if (atomic_load(&word->sleepers)) syscall(SYS_futex, &word->value, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void *work(void *argument) {
  worker *self = argument;
  ck_pool *pool = self->pool;
  for (uint32_t round = 0;; round++) {
    wait_while(&pool->start, round, pool->may_spin ? SPINS_BETWEEN : 0);
    if (pool->stopping) return NULL;
    pool->body(pool->context, self->index);
    if (atomic_fetch_sub(&pool->running, 1) == 1) advance(&pool->finished);
  }
}

// Threads from 1 on, below `end`, run.
static void stop(ck_pool *pool, uint32_t end) {
  pool->stopping = true;
  advance(&pool->start);
  for (uint32_t i = 1; i < end; i++) pthread_join(pool->workers[i].thread, NULL);
  free(pool);
}

ck_pool *ck_pool_create(uint32_t threads) {
  size_t size = (sizeof(ck_pool) + threads * sizeof(worker) + 63) / 64 * 64;
  ck_pool *pool = aligned_alloc(64, size);
  if (!pool) return NULL;
  *pool = (ck_pool){.threads = threads};
  // More threads than processors take turns, and spinning would only hold up the others.
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  pool->may_spin = processors > 0 && threads <= (uint32_t)processors;
  for (uint32_t i = 0; i < threads; i++) {
    pool->workers[i] = (worker){.pool = pool, .index = i};
    if (i == 0) continue;
    if (pthread_create(&pool->workers[i].thread, NULL, work, &pool->workers[i])) {
      stop(pool, i);
      return NULL;
    }
  }
  return pool;
}

void ck_pool_run(ck_pool *pool, void (*body)(void *, uint32_t), void *context) {
  if (pool->threads == 1) {
    body(context, 0);
    return;
  }
  pool->body = body;
  pool->context = context;
  atomic_store(&pool->running, pool->threads - 1);
  uint32_t round = atomic_load(&pool->finished.value);
  advance(&pool->start);
  body(context, 0);
  wait_while(&pool->finished, round, pool->may_spin ? SPINS_WITHIN : 0);
}

static uint64_t products(const product *p, size_t first, size_t panels) {
  size_t columns = p->layer.outputs - first * p->kernels->panel;
  if (columns > panels * p->kernels->panel) columns = panels * p->kernels->panel;
  return (uint64_t)p->rows.count * p->layer.inputs * columns;
}

static uint64_t multiply(const product *p, size_t first, size_t panels) {
  p->kernels->linear(&p->layer, &p->rows, first, panels, p->out, p->out_stride, p->accumulate);
  return products(p, first, panels);
}

uint64_t ck_pool_linear(ck_pool *pool, uint32_t thread, const ck_kernels *kernels, const ck_linear *layer,
                        const ck_rows *rows, float *out, size_t out_stride, bool accumulate) {
  product *p = &pool->workers[thread].product;
  // Nothing is open, so nobody reads this.
  p->kernels = kernels;
  p->layer = *layer;
  p->rows = *rows;
  p->out = out;
  p->out_stride = out_stride;
  p->accumulate = accumulate;
  size_t panels = (layer->outputs + kernels->panel - 1) / kernels->panel, own = 0;
  atomic_store_explicit(&p->helped, 0, memory_order_relaxed);
  uint64_t open = (uint64_t)panels << 32, done = 0;
  atomic_store(&p->open, open);
  for (;;) {
    uint32_t first = (uint32_t)open, left = (uint32_t)(open >> 32) - first;
    if (left == 0) break;
    // A share of what is left: nobody can take over the rest of it if this thread is held up.
    uint32_t count = pool->threads == 1 ? left : (left + 7) / 8;
    if (!atomic_compare_exchange_weak(&p->open, &open, open + count)) continue;
    done += multiply(p, first, count);
    own += count;
    open = atomic_load(&p->open);
  }
  for (uint32_t i = 0; atomic_load(&p->helped) != panels - own; i++) {
    relax();
    if (i >= SPINS_BETWEEN) sched_yield();
  }
  return done;
}

// Does a panel of another thread's product, if there is one; returns the products done.
static uint64_t help(ck_pool *pool, uint32_t thread) {
  for (uint32_t i = 1; i < pool->threads; i++) {
    product *p = &pool->workers[(thread + i) % pool->threads].product;
    uint64_t open = atomic_load_explicit(&p->open, memory_order_relaxed);
    uint32_t first = (uint32_t)open, end = (uint32_t)(open >> 32);
    if (first == end || !atomic_compare_exchange_strong(&p->open, &open, open - (1ull << 32))) continue;
    // A panel taken keeps its owner in ck_pool_linear, so what it belongs to stays.
    uint64_t done = multiply(p, end - 1, 1);
    atomic_fetch_add(&p->helped, 1);
    return done;
  }
  return 0;
}

uint64_t ck_pool_barrier(ck_pool *pool, uint32_t thread) {
  if (pool->threads == 1) return 0;
  uint64_t done = 0;
  uint32_t round = atomic_load(&pool->barrier.value);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 == pool->threads) {
    atomic_store(&pool->arrived, 0);
    advance(&pool->barrier);
    return 0;
  }
  for (uint32_t idle = 0; idle < (pool->may_spin ? SPINS_WITHIN : 1); idle++) {
    if (atomic_load_explicit(&pool->barrier.value, memory_order_acquire) != round) return done;
    uint64_t helped = help(pool, thread);
    done += helped;
    if (helped) idle = 0;
    else relax();
  }
  wait_while(&pool->barrier, round, 0);
  return done;
}

void ck_pool_destroy(ck_pool *pool) { stop(pool, pool->threads); }
