import Glibc

/// Counts of durations in bins 4.4 % apart, for percentiles in fixed memory.
package struct LatencyBins {
  private static let perOctave = 16
  /// The first bin ends here, in seconds; the last one begins 18 octaves above, at 64 s.
  private static let first = 0x1p-12
  private static let count = 18 * perOctave + 1

  private var bins = [UInt32](repeating: 0, count: LatencyBins.count)
  /// Durations counted.
  package private(set) var total = 0

  /// No durations yet.
  package init() {}

  /// Counts a duration.
  package mutating func add(_ seconds: Double) {
    let octaves = log2(min(max(seconds, Self.first), 64) / Self.first)
    bins[min(Self.count - 1, Int((octaves * Double(Self.perOctave)).rounded(.up)))] += 1
    total += 1
  }

  /// The duration in seconds that a share of all does not exceed, up to 4.4 % too long; nil when there are none.
  package func quantile(_ share: Double) -> Double? {
    guard total > 0 else { return nil }
    let rank = max(1, Int((share * Double(total)).rounded(.up)))
    var seen = 0
    for (index, count) in bins.enumerated() {
      seen += Int(count)
      if seen >= rank { return Self.first * exp2(Double(index) / Double(Self.perOctave)) }
    }
    return nil
  }

  /// Starts anew.
  package mutating func removeAll() {
    for index in bins.indices { bins[index] = 0 }
    total = 0
  }
}
