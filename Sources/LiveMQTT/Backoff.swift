/// How long to wait before a broker is tried again: longer each time, and never as long as others do who lost it at the same
/// moment.
package struct Backoff {
  /// Seconds of the first wait, at most.
  private let shortest: Double
  /// Seconds of any wait, at most.
  private let longest: Double
  private var next: Double

  /// Waits that begin with the shortest.
  package init(shortest: Double, longest: Double) {
    self.shortest = shortest
    self.longest = longest
    next = shortest
  }

  /// Seconds to wait now.
  package mutating func wait() -> Double {
    let limit = next
    next = min(longest, next * 2)
    return Double.random(in: limit / 2...limit)
  }

  /// The connection was a good one.
  package mutating func reset() { next = shortest }
}
