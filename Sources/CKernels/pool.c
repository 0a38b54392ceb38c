#define _GNU_SOURCE
#include "ckpool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// About 50 microseconds: stages of a forward pass end within that of each other, frames of a camera do not.
enum { SPINS = 2000 };

// A word that threads wait on. Alone in its cache line, since some spin on it while others work.
typedef struct {
  _Alignas(64) atomic_uint value;
  atomic_uint sleepers;
} signal_word;

typedef struct {
  ck_pool *pool;
  uint32_t index;
  pthread_t thread;
} worker;

struct ck_pool {
  signal_word start, finished, barrier;
  _Alignas(64) atomic_uint running, arrived;
  uint32_t threads, spins;
  bool stopping;
  void (*body)(void *context, uint32_t thread);
  void *context;
  worker workers[];
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
    wait_while(&pool->start, round, pool->spins);
    if (pool->stopping) return NULL;
    pool->body(pool->context, self->index);
    if (atomic_fetch_sub(&pool->running, 1) == 1) advance(&pool->finished);
  }
}

static void stop(ck_pool *pool, uint32_t started) {
  pool->stopping = true;
  advance(&pool->start);
  for (uint32_t i = 0; i < started; i++) pthread_join(pool->workers[i].thread, NULL);
  free(pool);
}

ck_pool *ck_pool_create(uint32_t threads) {
  size_t size = (sizeof(ck_pool) + threads * sizeof(worker) + 63) / 64 * 64;
  ck_pool *pool = aligned_alloc(64, size);
  if (!pool) return NULL;
  *pool = (ck_pool){.threads = threads};
  // More threads than processors take turns, and spinning would only hold up the others.
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  pool->spins = processors > 0 && threads <= (uint32_t)processors ? SPINS : 0;
  for (uint32_t i = 0; i + 1 < threads; i++) {
    pool->workers[i].pool = pool;
    pool->workers[i].index = i + 1;
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
  wait_while(&pool->finished, round, pool->spins);
}

void ck_pool_barrier(ck_pool *pool) {
  if (pool->threads == 1) return;
  uint32_t round = atomic_load(&pool->barrier.value);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 == pool->threads) {
    atomic_store(&pool->arrived, 0);
    advance(&pool->barrier);
  } else {
    wait_while(&pool->barrier, round, pool->spins);
  }
}

void ck_pool_destroy(ck_pool *pool) { stop(pool, pool->threads - 1); }
