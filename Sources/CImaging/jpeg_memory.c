#include "jpeg_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>

enum {
  ALIGNMENT = 64,  // libjpeg-turbo's SIMD asks for 32, and for rows padded to 64
  SMALLEST = 1 << 16,
  // One huge image must not hold its memory for ever. A 1080p frame uses well under 1 MB, a progressive
  // one 6 MB.
  LARGEST_KEPT = 1 << 25,
};

struct ci_chunk {
  ci_chunk *next;
  size_t size, used;  // of the bytes behind this header of ALIGNMENT bytes
};

static size_t round_up(size_t size) { return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static ci_arena *arena_of(j_common_ptr info) { return info->client_data; }

static void *take(j_common_ptr info, size_t size) {
  ci_arena *arena = arena_of(info);
  if (size > SIZE_MAX / 4) ERREXIT1(info, JERR_OUT_OF_MEMORY, 10);
  size = round_up(size);
  ci_chunk *chunk = arena->chunks;
  if (!chunk || chunk->size - chunk->used < size) {
    size_t room = arena->chunks ? SMALLEST : round_up(arena->wanted);
    if (room < SMALLEST) room = SMALLEST;
    if (room < size) room = size;
    chunk = aligned_alloc(ALIGNMENT, ALIGNMENT + room);
    if (!chunk) ERREXIT1(info, JERR_OUT_OF_MEMORY, 11);
    *chunk = (ci_chunk){arena->chunks, room, 0};
    arena->chunks = chunk;
  }
  uint8_t *memory = (uint8_t *)chunk + ALIGNMENT + chunk->used;
  chunk->used += size;
  return memory;
}

static void free_chunks(ci_arena *arena) {
  while (arena->chunks) {
    ci_chunk *next = arena->chunks->next;
    free(arena->chunks);
    arena->chunks = next;
  }
}

// Many chunks become one of their size at the next image.
static void forget(ci_arena *arena) {
  size_t used = 0;
  for (const ci_chunk *chunk = arena->chunks; chunk; chunk = chunk->next) used += chunk->used;
  if (used == 0) return;
  arena->wanted = used < LARGEST_KEPT ? used : LARGEST_KEPT;
  if (arena->chunks->next || arena->chunks->size > LARGEST_KEPT)
    free_chunks(arena);
  else
    arena->chunks->used = 0;
}

// What follows are jpeglib.h's methods, for JPOOL_IMAGE.

static void *alloc_small(j_common_ptr info, int pool, size_t size) {
  ci_arena *arena = arena_of(info);
  if (pool != JPOOL_IMAGE && size <= sizeof(ci_table) && arena->table_count < CI_MOST_TABLES)
    return &arena->tables[arena->table_count++];
  if (pool != JPOOL_IMAGE) return arena_of(info)->original.alloc_small(info, pool, size);
  return take(info, size);
}

static void *alloc_large(j_common_ptr info, int pool, size_t size) {
  if (pool != JPOOL_IMAGE) return arena_of(info)->original.alloc_large(info, pool, size);
  return take(info, size);
}

static void **take_rows(j_common_ptr info, size_t row_bytes, size_t rows) {
  row_bytes = round_up(row_bytes);
  if (rows && row_bytes > SIZE_MAX / 4 / rows) ERREXIT1(info, JERR_OUT_OF_MEMORY, 12);
  void **pointers = take(info, rows * sizeof *pointers);
  uint8_t *data = take(info, rows * row_bytes);
  for (size_t i = 0; i < rows; i++) pointers[i] = data + i * row_bytes;
  return pointers;
}

static JSAMPARRAY alloc_sarray(j_common_ptr info, int pool, JDIMENSION width, JDIMENSION rows) {
  if (pool != JPOOL_IMAGE) return arena_of(info)->original.alloc_sarray(info, pool, width, rows);
  return (JSAMPARRAY)take_rows(info, width, rows);
}

static JBLOCKARRAY alloc_barray(j_common_ptr info, int pool, JDIMENSION width, JDIMENSION rows) {
  if (pool != JPOOL_IMAGE) return arena_of(info)->original.alloc_barray(info, pool, width, rows);
  return (JBLOCKARRAY)take_rows(info, width * sizeof(JBLOCK), rows);
}

// "Virtual" arrays are all in memory here, as they are in libjpeg by default.
struct jvirt_sarray_control {
  JSAMPARRAY rows;
  JDIMENSION count;
};
struct jvirt_barray_control {
  JBLOCKARRAY rows;
  JDIMENSION count;
};

static jvirt_sarray_ptr request_virt_sarray(
    j_common_ptr info, int pool, boolean zero, JDIMENSION width, JDIMENSION rows, JDIMENSION step) {
  (void)step;
  if (pool != JPOOL_IMAGE) ERREXIT1(info, JERR_BAD_POOL_ID, pool);
  jvirt_sarray_ptr array = take(info, sizeof *array);
  array->rows = (JSAMPARRAY)take_rows(info, width, rows);
  array->count = rows;
  if (zero && rows) memset(array->rows[0], 0, rows * round_up(width));
  return array;
}

static jvirt_barray_ptr request_virt_barray(
    j_common_ptr info, int pool, boolean zero, JDIMENSION width, JDIMENSION rows, JDIMENSION step) {
  (void)step;
  if (pool != JPOOL_IMAGE) ERREXIT1(info, JERR_BAD_POOL_ID, pool);
  jvirt_barray_ptr array = take(info, sizeof *array);
  array->rows = (JBLOCKARRAY)take_rows(info, width * sizeof(JBLOCK), rows);
  array->count = rows;
  if (zero && rows) memset(array->rows[0], 0, rows * round_up(width * sizeof(JBLOCK)));
  return array;
}

static void realize_virt_arrays(j_common_ptr info) { (void)info; }

static JSAMPARRAY access_virt_sarray(
    j_common_ptr info, jvirt_sarray_ptr array, JDIMENSION first, JDIMENSION rows, boolean writable) {
  (void)writable;
  if (first > array->count || rows > array->count - first) ERREXIT(info, JERR_BAD_VIRTUAL_ACCESS);
  return array->rows + first;
}

static JBLOCKARRAY access_virt_barray(
    j_common_ptr info, jvirt_barray_ptr array, JDIMENSION first, JDIMENSION rows, boolean writable) {
  (void)writable;
  if (first > array->count || rows > array->count - first) ERREXIT(info, JERR_BAD_VIRTUAL_ACCESS);
  return array->rows + first;
}

static void free_pool(j_common_ptr info, int pool) {
  if (pool == JPOOL_IMAGE) forget(arena_of(info));
  arena_of(info)->original.free_pool(info, pool);
}

static void self_destruct(j_common_ptr info) {
  free_chunks(arena_of(info));
  arena_of(info)->original.self_destruct(info);
}

void ci_arena_install(ci_arena *arena, j_common_ptr info) {
  arena->original = *info->mem;
  info->mem->alloc_small = alloc_small;
  info->mem->alloc_large = alloc_large;
  info->mem->alloc_sarray = alloc_sarray;
  info->mem->alloc_barray = alloc_barray;
  info->mem->request_virt_sarray = request_virt_sarray;
  info->mem->request_virt_barray = request_virt_barray;
  info->mem->realize_virt_arrays = realize_virt_arrays;
  info->mem->access_virt_sarray = access_virt_sarray;
  info->mem->access_virt_barray = access_virt_barray;
  info->mem->free_pool = free_pool;
  info->mem->self_destruct = self_destruct;
}
