// Counts calls of the C allocator, for tests that prove that something allocates nothing. Linked into an
// executable, these definitions stand in front of the C library's for all of the process.
#pragma once
#include <stdint.h>

/// How often the calling thread has asked for memory since it started.
uint64_t ca_count_of_thread(void);
/// How often any thread has.
uint64_t ca_count_of_process(void);
