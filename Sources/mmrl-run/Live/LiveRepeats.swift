import Capture

/// Lets a message through, and then others like it only once in ten seconds.
struct LiveRepeats<Kind: Hashable> {
  private static var period: Double { 10 }
  private var last: [Kind: MonotonicTime] = [:]
  private var unsaid: [Kind: Int] = [:]

  /// What to add to a message of this kind; nil when it is only counted.
  mutating func admit(_ kind: Kind) -> String? {
    if let time = last[kind], MonotonicTime.now - time < Self.period {
      unsaid[kind, default: 0] += 1
      return nil
    }
    last[kind] = .now
    return unsaid.removeValue(forKey: kind).map { " (and \($0) more before)" } ?? ""
  }
}
