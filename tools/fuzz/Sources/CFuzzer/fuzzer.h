#include <stddef.h>
#include <stdint.h>

// What libFuzzer offers to a target's own mutator: changes bytes in place, and says how many there are then.
size_t LLVMFuzzerMutate(uint8_t *_Nonnull data, size_t size, size_t max_size);
