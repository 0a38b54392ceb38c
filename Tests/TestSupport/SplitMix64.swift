/// The test suites' random numbers: small, seeded, the same everywhere.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator whose whole sequence follows from `seed`.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next 64 bits, by Steele, Lea and Flood's algorithm (2014), as in `java.util`.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A float in [-1, 1).
  public mutating func uniform() -> Float {
    Float(next() >> 40) / Float(1 << 23) - 1
  }

  /// An approximately normal float of deviation 1: the sum of twelve uniform ones.
  public mutating func normal() -> Float {
    (0..<12).reduce(0) { sum, _ in sum + uniform() } / 2
  }
}
