#pragma once
// All of it inline: there is no library to link, and none that a device must have.
#define XXH_INLINE_ALL
#include <xxhash.h>

/// XXH64 with seed 0.
static inline uint64_t cx_xxh64(const void *bytes, size_t count) { return XXH64(bytes, count, 0); }

/// XXH3 of 128 bits with seed 0.
static inline XXH128_hash_t cx_xxh128(const void *bytes, size_t count) { return XXH3_128bits(bytes, count); }
