#define _GNU_SOURCE
#include "cthreads.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// Every atomic operation is sequentially consistent unless it names a weaker order and says why that is enough.

// How often to look before sleeping. Between runs about 50 microseconds, since a camera's next frame is far away;
// within one ten times that: the others are not far behind, and may need help.
enum { SPINS_BETWEEN = 2000, SPINS_WITHIN = 20000 };

// A word that threads wait on. Alone in its cache line, since some spin on it while others work.
typedef struct {
  _Alignas(64) atomic_uint value;
  atomic_uint sleepers;
} signal_word;

// What one thread is at, open to the others: its items [first, end) nobody has taken yet. The thread takes portions
// from the front; others, while they wait, one item from the back.
typedef struct {
  _Alignas(64) atomic_uint_fast64_t open;  // first, and end · 2^32
  atomic_uint_fast32_t helped;             // items that others have done
  ct_work *work;
  const void *context;
} shared_work;

typedef struct {
  shared_work shared;
  atomic_uint taken;  // the last step whose part of this number was taken
  ct_pool *pool;
  uint32_t index;
  pthread_t thread;
} worker;

struct ct_pool {
  signal_word start, finished;
  signal_word steps;  // the last step that is done
  _Alignas(64) atomic_uint running, parts;  // parts of the step at work that are done
  uint32_t first_step;
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
    // Acquire: what the thread that advanced the word wrote before is visible to who sees the new value.
    if (atomic_load_explicit(&word->value, memory_order_acquire) != value) return;
    relax();
  }
  atomic_fetch_add(&word->sleepers, 1);
  while (atomic_load(&word->value) == value)
    syscall(SYS_futex, &word->value, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
  atomic_fetch_sub(&word->sleepers, 1);
}

// A waiter counts itself before it and the system compare the value, this changes the value before it looks for
// waiters; as all of that is sequentially consistent, either the waiter sees the new value or it is seen here.
static void advance(signal_word *word) {
  atomic_fetch_add(&word->value, 1);
  if (atomic_load(&word->sleepers)) syscall(SYS_futex, &word->value, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void *work(void *argument) {
  worker *self = argument;
  ct_pool *pool = self->pool;
  for (uint32_t round = 0;; round++) {
    wait_while(&pool->start, round, pool->may_spin ? SPINS_BETWEEN : 0);
    if (pool->stopping) return NULL;
    pool->body(pool->context, self->index);
    if (atomic_fetch_sub(&pool->running, 1) == 1) advance(&pool->finished);
  }
}

// Threads from 1 on, below `end`, run.
static void stop(ct_pool *pool, uint32_t end) {
  pool->stopping = true;
  advance(&pool->start);
  for (uint32_t i = 1; i < end; i++) pthread_join(pool->workers[i].thread, NULL);
  free(pool);
}

ct_pool *ct_pool_create(uint32_t threads, bool may_spin) {
  size_t size = (sizeof(ct_pool) + threads * sizeof(worker) + 63) / 64 * 64;
  ct_pool *pool = aligned_alloc(64, size);
  if (!pool) return NULL;
  *pool = (ct_pool){.threads = threads, .may_spin = may_spin};
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

void ct_pool_run(ct_pool *pool, void (*body)(void *, uint32_t), void *context) {
  // Nobody is in a step between runs.
  pool->first_step = atomic_load(&pool->steps.value) + 1;
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

uint64_t ct_pool_share(ct_pool *pool, uint32_t thread, uint32_t items, ct_work *work, const void *context) {
  if (pool->threads == 1) return work(context, 0, 0, items);
  shared_work *shared = &pool->workers[thread].shared;
  // Nothing is open, so nobody reads this until the store to `open`, which publishes it. That store orders the relaxed
  // one before itself, too.
  shared->work = work;
  shared->context = context;
  atomic_store_explicit(&shared->helped, 0, memory_order_relaxed);
  uint64_t open = (uint64_t)items << 32, done = 0;
  uint32_t own = 0;
  atomic_store(&shared->open, open);
  for (;;) {
    uint32_t first = (uint32_t)open, left = (uint32_t)(open >> 32) - first;
    if (left == 0) break;
    // A part of what is left, the smaller the more could help: nobody can take over the rest of it if this thread is
    // held up, or is on a core a few times as slow as the others.
    uint32_t count = (left - 1) / (4 * pool->threads) + 1;
    if (!atomic_compare_exchange_weak(&shared->open, &open, open + count)) continue;
    done += work(context, thread, first, count);
    own += count;
    open = atomic_load(&shared->open);
  }
  // Reading the last helper's count makes visible here what all of them wrote.
  for (uint32_t i = 0; atomic_load(&shared->helped) != items - own; i++) {
    relax();
    if (i >= SPINS_BETWEEN) sched_yield();
  }
  return done;
}

// Does an item of another thread's work, if there is one, and adds how much that was.
static bool help(ct_pool *pool, uint32_t thread, uint64_t *done) {
  for (uint32_t i = 1; i < pool->threads; i++) {
    shared_work *shared = &pool->workers[(thread + i) % pool->threads].shared;
    // Relaxed, since this is a guess: only the exchange takes an item, and only if the guess is still right.
    uint64_t open = atomic_load_explicit(&shared->open, memory_order_relaxed);
    uint32_t first = (uint32_t)open, end = (uint32_t)(open >> 32);
    if (first == end || !atomic_compare_exchange_strong(&shared->open, &open, open - (1ull << 32))) continue;
    // The exchange read what the owner published. The owner stays in ct_pool_share until this item is counted, so
    // the work and its context stay, too.
    *done += shared->work(shared->context, thread, end - 1, 1);
    atomic_fetch_add(&shared->helped, 1);
    return true;
  }
  return false;
}

uint32_t ct_pool_first_step(const ct_pool *pool) { return pool->first_step; }

bool ct_pool_take(ct_pool *pool, uint32_t step, uint32_t part) {
  // A step begins when the one before is done, which takes all of its parts: the number there is that, or later.
  uint32_t before = step - 1;
  return atomic_compare_exchange_strong(&pool->workers[part].taken, &before, step);
}

void ct_pool_finish(ct_pool *pool) {
  if (atomic_fetch_add(&pool->parts, 1) + 1 != pool->threads) return;
  // Before a part of the next step can be done.
  atomic_store(&pool->parts, 0);
  advance(&pool->steps);
}

// Whether a step is done: steps are numbered in a circle.
static bool is_done(ct_pool *pool, uint32_t step, uint32_t *newest) {
  *newest = atomic_load_explicit(&pool->steps.value, memory_order_acquire);  // as in wait_while
  return (int32_t)(*newest - step) >= 0;
}

uint64_t ct_pool_wait(ct_pool *pool, uint32_t thread, uint32_t step) {
  uint64_t done = 0;
  uint32_t newest;
  for (uint32_t idle = 0; idle < (pool->may_spin ? SPINS_WITHIN : 1);) {
    if (is_done(pool, step, &newest)) return done;
    if (help(pool, thread, &done)) {
      idle = 0;
    } else {
      relax();
      idle++;
    }
  }
  // One who was held up long may be several steps behind.
  while (!is_done(pool, step, &newest)) wait_while(&pool->steps, newest, 0);
  return done;
}

void ct_pool_destroy(ct_pool *pool) { stop(pool, pool->threads); }
