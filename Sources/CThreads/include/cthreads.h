#pragma once
// Threads that run one body together, over and over, and do items of one another's work where one is late: woken by
// a futex, kept awake a moment by spinning. Nothing but ct_pool_create allocates.
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct ct_pool ct_pool;

/// Starts `threads` - 1 threads, the caller being the first; NULL where the system refuses one.
ct_pool *_Nullable ct_pool_create(uint32_t threads);
/// Ends the threads; no body may be running.
void ct_pool_destroy(ct_pool *pool);

/// Runs `body` once on every thread, numbered from 0, and returns when all are done. One run at a time.
void ct_pool_run(ct_pool *pool, void (*body)(void *context, uint32_t thread), void *context);

/// Does the items [first, first + count) of some work; any thread may be asked to, several at a time for different
/// items. Returns how much that was, in a unit of its own, for whoever measures.
typedef uint64_t ct_work(const void *context, size_t first, size_t count);

/// Within a body: does `items` items of work, in portions, and returns when all are done. Threads that wait at the
/// barrier meanwhile do items of it, so that all come there together when one was held up.
///
/// Returns how much of it this thread did.
uint64_t ct_pool_share(ct_pool *pool, uint32_t thread, uint32_t items, ct_work *work, const void *context);

/// Within a body: waits until every thread has come here. Returns how much was done for others meanwhile.
uint64_t ct_pool_barrier(ct_pool *pool, uint32_t thread);

#pragma clang assume_nonnull end
