/// A histogram of durations in Prometheus' form: counts up to fixed bounds.
struct DurationHistogram {
  /// Upper bounds in seconds, as text is wanted of them; one more bucket is open.
  static let bounds: [(text: String, seconds: Double)] = [
    ("0.001", 0.001), ("0.0025", 0.0025), ("0.005", 0.005), ("0.01", 0.01), ("0.025", 0.025),
    ("0.05", 0.05), ("0.1", 0.1), ("0.25", 0.25), ("0.5", 0.5), ("1", 1), ("2.5", 2.5), ("5", 5),
    ("10", 10),
  ]

  private var counts = [Int](repeating: 0, count: DurationHistogram.bounds.count + 1)
  /// Of all durations, in seconds.
  private(set) var sum = 0.0

  /// Counts a duration.
  mutating func add(_ seconds: Double) {
    let index = Self.bounds.firstIndex { seconds <= $0.seconds } ?? Self.bounds.count
    counts[index] += 1
    sum += seconds
  }

  /// How many durations lie at or below each bound, and at last all of them.
  var cumulative: [Int] {
    var total = 0
    return counts.map { count in
      total += count
      return total
    }
  }
}
