import Glibc

/// Counts of durations in bins 4.4 % apart, for percentiles in fixed memory.
struct LatencyBins {
  private static let perOctave = 16
  /// The first bin ends here, in seconds; the last one begins 18 octaves above, at 64 s.
  private static let first = 0x1p-12
  private static let count = 18 * perOctave + 1

  private var bins = [UInt32](repeating: 0, count: LatencyBins.count)
  private(set) var total = 0

  /// Counts a duration.
  mutating func add(_ seconds: Double) {
    let octaves = log2(max(seconds, Self.first) / Self.first)
    bins[min(Self.count - 1, Int((octaves * Double(Self.perOctave)).rounded(.up)))] += 1
    total += 1
  }

  /// The duration in seconds that a share of all does not exceed; nil when there are none.
  func quantile(_ share: Double) -> Double? {
    guard total > 0 else { return nil }
    let rank = max(1, Int((share * Double(total)).rounded(.up)))
    var seen = 0
    for (index, count) in bins.enumerated() {
      seen += Int(count)
      if seen >= rank { return Self.first * exp2(Double(index) / Double(Self.perOctave)) }
    }
    return nil
  }

  mutating func removeAll() {
    for index in bins.indices { bins[index] = 0 }
    total = 0
  }
}
