#pragma once
// What a tile multiplies: some rows of bytes with one panel of packed weights.
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *a;     // [rows, stride]
  size_t stride, groups;
  const int8_t *b;      // [groups][panel][group]
  const int32_t *init;  // [panel]
  const int8_t *ahead;  // what to fetch into the cache meanwhile, `ahead_step` bytes in each group
  size_t ahead_step;
} tile_input;
