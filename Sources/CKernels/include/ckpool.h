#pragma once
// Threads that run one body together, over and over: woken by a futex, kept awake a moment by spinning.
#include <stdbool.h>
#include <stdint.h>

#include "ckernels.h"

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

typedef struct ck_pool ck_pool;

/// Starts `threads` - 1 threads, the caller being the first; NULL where the system refuses one.
ck_pool *
#ifdef __clang__
    _Nullable
#endif
    ck_pool_create(uint32_t threads);
/// Runs `body` once on every thread, numbered from 0, and returns when all are done. One run at a time.
void ck_pool_run(ck_pool *pool, void (*body)(void *context, uint32_t thread), void *context);
/// All of a linear layer for the rows that `thread` has, within a body; returns the products that it did itself. Threads
/// at the barrier do panels of it meanwhile, so that all come there together when one was held up.
uint64_t ck_pool_linear(ck_pool *pool, uint32_t thread, const ck_kernels *kernels, const ck_linear *layer,
                        const ck_rows *rows, float *out, size_t out_stride, bool accumulate);
/// Waits, within a body, until every thread has come here; returns the products done for others meanwhile.
uint64_t ck_pool_barrier(ck_pool *pool, uint32_t thread);
/// Ends the threads; no body may be running.
void ck_pool_destroy(ck_pool *pool);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif
