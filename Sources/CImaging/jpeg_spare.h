// Tells spare bytes behind an image's data from blocks that were not decoded.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

// What is needed of an image after libjpeg has let go of it.
typedef struct ci_scan {
  const uint8_t *data;  // behind the scan's header; NULL when it cannot be told here
  size_t count;
  uint64_t units;  // groups of blocks (MCU) in the scan
  int blocks;      // in a group
  const JHUFF_TBL *dc[D_MAX_BLOCKS_IN_MCU], *ac[D_MAX_BLOCKS_IN_MCU];
  int component[D_MAX_BLOCKS_IN_MCU];  // in the scan
  int32_t most_dc[MAX_COMPS_IN_SCAN];  // the mean of a block, quantised, cannot be more
} ci_scan;

// Once decoding has begun: `data` is where the source stood after the headers. Only of a single scan of Huffman codes without
// restarts.
ci_scan ci_scan_of(const struct jpeg_decompress_struct *info, const uint8_t *data, size_t count);

// Whether the codes were read out of step: no image has such codes or such brightness, or what is left over behind the last
// block are whole blocks up to the padding of the last byte. Whether data are missing, which `may_be_cut` at their end, is for
// libjpeg to say.
int ci_scan_is_out_of_step(const ci_scan *scan, int may_be_cut);
