#pragma once
// Threads that run one body together, over and over, and do items of one another's work where one is late: woken by
// a futex, kept awake a moment by spinning. Nothing but ct_pool_create allocates.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct ct_pool ct_pool;

/// Starts `threads` - 1 threads, the caller being the first; NULL where the system refuses one.
///
/// They `may_spin` where there is a processor for each: more threads take turns, and spinning would only hold up the
/// others.
ct_pool *_Nullable ct_pool_create(uint32_t threads, bool may_spin);
/// Ends the threads; no body may be running.
void ct_pool_destroy(ct_pool *pool);

/// Runs `body` once on every thread, numbered from 0, and returns when all are done. One run at a time.
void ct_pool_run(ct_pool *pool, void (*body)(void *context, uint32_t thread), void *context);

// A run's work is in steps, each of a part for each thread. A thread begins with its own part and goes on with those that
// nobody has begun, so that one which gets no processor holds up nobody; a step is done when its parts are.

/// Within a body: the number of the run's first step; each that follows is one more.
uint32_t ct_pool_first_step(const ct_pool *pool);
/// Within a body: whether the thread is the one to do a part of a step. It has to call ct_pool_finish after.
bool ct_pool_take(ct_pool *pool, uint32_t step, uint32_t part);
/// Within a body: a part is done.
void ct_pool_finish(ct_pool *pool);
/// Within a body: waits until all parts of a step are done. Returns how much was done for others meanwhile.
uint64_t ct_pool_wait(ct_pool *pool, uint32_t thread, uint32_t step);

/// Does the items [first, first + count) of some work; any `thread` may be asked to, several at a time for different
/// items. Returns how much that was, in a unit of its own, for whoever measures.
typedef uint64_t ct_work(const void *context, uint32_t thread, size_t first, size_t count);

/// Within a body: does `items` items of work, in portions, and returns when all are done. Threads that wait for a step
/// meanwhile do items of it, so that it is done sooner when one was held up.
///
/// Returns how much of it this thread did.
uint64_t ct_pool_share(ct_pool *pool, uint32_t thread, uint32_t items, ct_work *work, const void *context);

#pragma clang assume_nonnull end
