// Memory of libjpeg's images that is kept from one to the next, so that frames of a stream take none.
#pragma once
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct ci_chunk ci_chunk;

typedef struct ci_arena {
  ci_chunk *chunks;     // newest first
  size_t wanted;        // what the last image used: the size of the next first chunk
  struct jpeg_memory_mgr original;
} ci_arena;

/// Takes over the image pool of a decompressor whose client_data points to the arena; what lives as long as
/// the decompressor stays with libjpeg. Everything is freed with the decompressor.
void ci_arena_install(ci_arena *arena, j_common_ptr info);
