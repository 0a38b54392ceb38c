package import Capture

/// Lets a message through, and then others like it only once in ten seconds.
package struct Repeats<Kind: Hashable> {
  private static var period: Double { 10 }
  private var last: [Kind: MonotonicTime] = [:]
  private var unsaid: [Kind: Int] = [:]

  /// Nothing said yet.
  package init() {}

  /// What to add to a message of this kind; nil when it is only counted.
  package mutating func admit(_ kind: Kind, at now: MonotonicTime = .now) -> String? {
    if let time = last[kind], now - time < Self.period {
      unsaid[kind, default: 0] += 1
      return nil
    }
    last[kind] = now
    return unsaid.removeValue(forKey: kind).map { " (and \($0) more before)" } ?? ""
  }
}
