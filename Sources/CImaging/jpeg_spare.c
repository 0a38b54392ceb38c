#include "jpeg_spare.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 16, SHORT = 9, BAD = -1, END = -2 };

// A canonical code (ITU-T T.81, F.2.2.3): the last code of each length, -1 without any, and where its values start; and what
// stands for each start of SHORT bits: length * 256 + value, 0 for longer codes.
typedef struct {
  int32_t last[LONGEST + 1], offset[LONGEST + 1];
  uint16_t begins[1 << SHORT];
  const uint8_t *values;
} table;

typedef struct {
  const uint8_t *at, *end;
  uint64_t bits;  // the next bit is the highest
  int count;
} reader;

static void make_table(table *table, const JHUFF_TBL *source) {
  memset(table->begins, 0, sizeof table->begins);
  table->values = source->huffval;
  int32_t code = 0, index = 0;
  for (int length = 1; length <= LONGEST; length++) {
    table->offset[length] = index - code;
    for (int i = 0; i < source->bits[length]; i++, code++, index++) {
      if (length > SHORT) continue;
      const int32_t first = code << (SHORT - length), next = (code + 1) << (SHORT - length);
      for (int32_t k = first; k < next && k < 1 << SHORT; k++)
        table->begins[k] = (uint16_t)(length << 8 | source->huffval[index & 0xFF]);
    }
    table->last[length] = source->bits[length] ? code - 1 : -1;
    code <<= 1;
  }
}

// Up to the next marker; a stuffed zero is none.
static void fill(reader *reader) {
  while (reader->count <= 56 && reader->at < reader->end) {
    const uint8_t byte = *reader->at;
    if (byte == 0xFF) {
      if (reader->end - reader->at < 2 || reader->at[1] != 0) {
        reader->end = reader->at;
        return;
      }
      reader->at++;
    }
    reader->at++;
    reader->bits |= (uint64_t)byte << (56 - reader->count);
    reader->count += 8;
  }
}

// The next `count` bits, 15 at most; with too few left END.
static int take(reader *reader, int count) {
  if (count > reader->count) return END;
  const int value = count ? (int)(reader->bits >> (64 - count)) : 0;
  reader->bits <<= count;
  reader->count -= count;
  return value;
}

static int symbol(reader *reader, const table *table) {
  if (reader->count < 32) fill(reader);
  const int known = table->begins[reader->bits >> (64 - SHORT)];
  if (known) return take(reader, known >> 8) < 0 ? END : known & 0xFF;
  for (int length = SHORT + 1; length <= LONGEST; length++) {
    const int32_t code = (int32_t)(reader->bits >> (64 - length));
    if (code > table->last[length]) continue;
    if (take(reader, length) < 0) return END;
    return table->values[(code + table->offset[length]) & 0xFF];
  }
  return reader->count < LONGEST ? END : BAD;
}

// Goes on behind a block, whose mean is added up in `mean`.
static int skip_block(reader *reader, const table *dc, const table *ac, int32_t *mean) {
  int value = symbol(reader, dc);
  if (value < 0) return value;
  if (value > 11) return BAD;
  const int bits = take(reader, value);
  if (bits < 0) return END;
  if (value) *mean += bits < 1 << (value - 1) ? bits - (1 << value) + 1 : bits;
  for (int place = 1; place < DCTSIZE2; place++) {
    value = symbol(reader, ac);
    if (value < 0) return value;
    const int run = value >> 4, size = value & 15;
    if (size == 0 && run != 15) break;
    place += run;
    if (place >= DCTSIZE2) return BAD;
    if (take(reader, size) < 0) return END;
  }
  return 0;
}

ci_scan ci_scan_of(const struct jpeg_decompress_struct *info, const uint8_t *data, size_t count) {
  ci_scan scan = {0};
  if (info->progressive_mode || info->arith_code || info->restart_interval || info->Ss != 0) return scan;
  if (info->comps_in_scan != info->num_components) return scan;
  for (int i = 0; i < info->blocks_in_MCU; i++) {
    const jpeg_component_info *component = info->cur_comp_info[info->MCU_membership[i]];
    scan.dc[i] = info->dc_huff_tbl_ptrs[component->dc_tbl_no];
    scan.ac[i] = info->ac_huff_tbl_ptrs[component->ac_tbl_no];
    scan.component[i] = info->MCU_membership[i];
    const JQUANT_TBL *steps = component->quant_table;
    if (!scan.dc[i] || !scan.ac[i] || !steps || !steps->quantval[0]) return scan;
    // 64 samples of 128 at most, over 8; what is rounded may be a step more.
    scan.most_dc[scan.component[i]] = 64 * 128 / 8 / steps->quantval[0] + 1;
  }
  scan.blocks = info->blocks_in_MCU;
  scan.units = (uint64_t)info->MCUs_per_row * info->MCU_rows_in_scan;
  scan.data = data;
  scan.count = count;
  return scan;
}

int ci_scan_is_out_of_step(const ci_scan *scan, int may_be_cut) {
  if (!scan->data) return 0;
  table dc[D_MAX_BLOCKS_IN_MCU], ac[D_MAX_BLOCKS_IN_MCU];
  // Usually two of each serve all blocks.
  int dc_of[D_MAX_BLOCKS_IN_MCU], ac_of[D_MAX_BLOCKS_IN_MCU];
  for (int i = 0; i < scan->blocks; i++) {
    dc_of[i] = ac_of[i] = i;
    for (int k = i - 1; k >= 0; k--) {
      if (scan->dc[k] == scan->dc[i]) dc_of[i] = dc_of[k];
      if (scan->ac[k] == scan->ac[i]) ac_of[i] = ac_of[k];
    }
    if (dc_of[i] == i) make_table(&dc[i], scan->dc[i]);
    if (ac_of[i] == i) make_table(&ac[i], scan->ac[i]);
  }
  reader reader = {scan->data, scan->data + scan->count, 0, 0};
  int32_t means[MAX_COMPS_IN_SCAN] = {0};
  for (uint64_t unit = 0;; unit++) {
    if (unit > scan->units) {
      // What is left is padding if it is less than a byte of ones.
      fill(&reader);
      if (reader.at == reader.end && reader.count < 8 && reader.bits >> 56 == (0xFFu << (8 - reader.count) & 0xFF)) return 1;
    }
    for (int i = 0; i < scan->blocks; i++) {
      const int component = scan->component[i];
      const int status = skip_block(&reader, &dc[dc_of[i]], &ac[ac_of[i]], &means[component]);
      if (status == END && may_be_cut) return 0;
      if (status || abs(means[component]) > scan->most_dc[component]) return unit < scan->units;
    }
  }
}
