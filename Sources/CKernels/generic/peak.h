// How many products a core can do when nothing but registers is involved: included by each instruction set after
// its lanes and PRODUCT(sum, a, b), GROUP byte products in each of sixteen lanes. Operands are made opaque each time, or
// a compiler would multiply once where the product is more than one instruction.

static uint64_t peak(uint64_t rounds) {
  enum { SUMS = TILE_ROWS * VECTORS };
  static volatile int32_t seed = 0x01020304;
  vi sums[SUMS], a = vi_set1(seed), b = vi_set1(seed);
  UNROLL for (int i = 0; i < SUMS; i++) sums[i] = a;
  for (uint64_t r = 0; r < rounds; r++) {
    UNROLL for (int i = 0; i < SUMS; i++) {
      OPAQUE(a);
      sums[i] = PRODUCT(sums[i], a, b);
    }
  }
  UNROLL for (int i = 0; i < SUMS; i++) OPAQUE(sums[i]);  // all lanes count, used or not
  UNROLL for (int i = 1; i < SUMS; i++) sums[0] = vi_add(sums[0], sums[i]);
  int32_t result[LANES];
  vi_store(result, sums[0]);
  seed = result[0] == 1 ? seed : 0x01020304;
  return rounds * SUMS * LANES * GROUP;
}
