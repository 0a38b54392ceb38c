// Memory of libjpeg's images that is kept from one to the next, so that frames of a stream take none.
#pragma once
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct ci_chunk ci_chunk;

// As many tables as an image can have: what libjpeg asks for as long as the decompressor lives, once that is made, are
// quantisation and Huffman tables.
enum { CI_MOST_TABLES = NUM_QUANT_TBLS + 2 * NUM_HUFF_TBLS };
typedef union ci_table {
  JQUANT_TBL steps;
  JHUFF_TBL codes;
} ci_table;

typedef struct ci_arena {
  ci_chunk *chunks;     // newest first
  size_t wanted;        // what the last image used: the size of the next first chunk
  ci_table tables[CI_MOST_TABLES];  // of this image, to be forgotten before the next one
  int table_count;
  struct jpeg_memory_mgr original;
} ci_arena;

/// Takes over the image pool of a decompressor whose client_data points to the arena, and its tables; what else
/// lives as long as the decompressor stays with libjpeg. Everything is freed with the decompressor.
void ci_arena_install(ci_arena *arena, j_common_ptr info);
