import Glibc

/// The generator behind Python's `random`: the 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded and
/// drawn from as CPython does it.
///
/// The published few-shot splits are draws of `random.sample`, so equal splits need the same generator, the same seeding
/// (`init_by_array`) and the same rejection of out-of-range draws.
public struct PythonRandom: Sendable {
  private static let size = 624
  private static let middle = 397
  private var state: [UInt32]
  private var next = PythonRandom.size

  /// Equals `random.seed(seed)` for an integer; the sign is ignored, as in Python.
  public init(seed: Int) {
    let magnitude = UInt64(seed.magnitude)
    var key = [UInt32(truncatingIfNeeded: magnitude)]
    if magnitude >> 32 != 0 { key.append(UInt32(truncatingIfNeeded: magnitude >> 32)) }
    state = PythonRandom.state(seed: 19_650_218)
    mix(key)
  }

  private static func state(seed: UInt32) -> [UInt32] {
    var state = [UInt32](repeating: seed, count: size)
    for index in 1..<size {
      let last = state[index - 1]
      state[index] = 1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index)
    }
    return state
  }

  /// `init_by_array` of the reference implementation.
  private mutating func mix(_ key: [UInt32]) {
    let size = PythonRandom.size
    var i = 1
    var j = 0
    for _ in 0..<max(size, key.count) {
      let last = state[i - 1]
      state[i] = (state[i] ^ ((last ^ (last >> 30)) &* 1_664_525)) &+ key[j] &+ UInt32(j)
      i += 1
      j += 1
      if i >= size {
        state[0] = state[size - 1]
        i = 1
      }
      if j >= key.count { j = 0 }
    }
    for _ in 0..<(size - 1) {
      let last = state[i - 1]
      state[i] = (state[i] ^ ((last ^ (last >> 30)) &* 1_566_083_941)) &- UInt32(i)
      i += 1
      if i >= size {
        state[0] = state[size - 1]
        i = 1
      }
    }
    state[0] = 0x8000_0000
  }

  private mutating func regenerate() {
    let size = PythonRandom.size
    for index in 0..<size {
      let joined = (state[index] & 0x8000_0000) | (state[(index + 1) % size] & 0x7fff_ffff)
      let twist: UInt32 = joined & 1 == 0 ? 0 : 0x9908_b0df
      state[index] = state[(index + PythonRandom.middle) % size] ^ (joined >> 1) ^ twist
    }
    next = 0
  }

  /// The next 32 bits of the generator, tempered.
  public mutating func word() -> UInt32 {
    if next == PythonRandom.size { regenerate() }
    var word = state[next]
    next += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    return word ^ (word >> 18)
  }

  /// Equals `random.getrandbits(count)`, for 1 to 64 bits.
  public mutating func bits(_ count: Int) -> UInt64 {
    precondition((1...64).contains(count), "1 to 64 bits at a time")
    if count <= 32 { return UInt64(word() >> UInt32(32 - count)) }
    let low = UInt64(word())
    return low | UInt64(word() >> UInt32(64 - count)) << 32
  }

  /// A uniform integer in `0..<bound`, by rejection: Python's `_randbelow_with_getrandbits`.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "an empty range has no element")
    let width = Int.bitWidth - bound.leadingZeroBitCount
    var draw = bits(width)
    while draw >= UInt64(bound) { draw = bits(width) }
    return Int(draw)
  }

  /// A uniform number in [0, 1) of 53 bits: equals `random.random()`.
  public mutating func unit() -> Double {
    let high = Double(word() >> 5)
    let low = Double(word() >> 6)
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /// Equals `random.sample(items, count)`: `count` items without replacement, in the order drawn.
  ///
  /// - Precondition: `0 <= count <= items.count`.
  public mutating func sample<Item>(_ items: [Item], _ count: Int) -> [Item] {
    precondition(
      (0...items.count).contains(count), "a sample is at most as large as its population")
    var setSize = 21
    if count > 5 {
      var power = 1
      while power < 3 * count { power *= 4 }
      setSize += power
    }
    // Python keeps a pool of what is left where that is smaller than a set of what was drawn; the draws differ.
    if items.count <= setSize {
      var pool = items
      return (0..<count).map { drawn in
        let index = below(items.count - drawn)
        let item = pool[index]
        pool[index] = pool[items.count - drawn - 1]
        return item
      }
    }
    var drawn: Set<Int> = []
    return (0..<count).map { _ in
      var index = below(items.count)
      while !drawn.insert(index).inserted { index = below(items.count) }
      return items[index]
    }
  }

  /// Equals `random.shuffle(items)`.
  public mutating func shuffle<Item>(_ items: inout [Item]) {
    for index in stride(from: items.count - 1, to: 0, by: -1) {
      items.swapAt(index, below(index + 1))
    }
  }

  /// A uniform number in [-1, 1).
  package mutating func symmetric() -> Float { Float(unit() * 2 - 1) }

  /// A normal number of deviation 1, by Box and Muller.
  package mutating func normal() -> Float {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return Float(radius * cos(2 * Double.pi * unit()))
  }
}
