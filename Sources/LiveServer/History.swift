package import NIOCore

/// Latency and drops over the last minutes, in steps of a few seconds.
package struct History {
  /// Seconds of a step.
  package static let step = 5
  /// Steps kept: five minutes.
  package static let length = 60

  /// What happened in a step.
  package struct Step {
    package var classified = 0
    package var dropped = 0
    /// Age at result in seconds; nil without results.
    package var median: Double?
    package var high: Double?
  }

  private var finished: [Step] = []
  private var current = Step()
  private var ages = LatencyBins()
  private var end: NIODeadline

  /// A history that starts now.
  package init(at now: NIODeadline) { end = now + .seconds(Int64(Self.step)) }

  /// Counts a result.
  package mutating func add(age: Double, dropped: Int, at now: NIODeadline) {
    advance(to: now)
    current.classified += 1
    current.dropped += dropped
    ages.add(age)
  }

  /// Counts frames that passed.
  package mutating func add(dropped: Int, at now: NIODeadline) {
    advance(to: now)
    current.dropped += dropped
  }

  /// The finished steps, oldest first.
  package mutating func steps(at now: NIODeadline) -> [Step] {
    advance(to: now)
    return finished
  }

  private mutating func advance(to now: NIODeadline) {
    guard now >= end else { return }
    current.median = ages.quantile(0.5)
    current.high = ages.quantile(0.99)
    finished.append(current)
    current = Step()
    ages.removeAll()
    end = end + .seconds(Int64(Self.step))
    // After a long silence only the last minutes matter.
    let missed = Int((now - end).nanoseconds / 1_000_000_000) / Self.step
    if now >= end {
      let empty = min(missed + 1, Self.length)
      finished += [Step](repeating: Step(), count: empty)
      end = end + .seconds(Int64((missed + 1) * Self.step))
    }
    if finished.count > Self.length { finished.removeFirst(finished.count - Self.length) }
  }
}
