import Capture
import Glibc

/// An exponential average of scores by time, not by frames: cameras change their rate in the dark.
struct LiveSmoothing {
  /// Seconds after which a score counts half.
  let halfLife: Double
  private var average: [Float] = []
  private var time = MonotonicTime(nanoseconds: 0)

  init(halfLife: Double) { self.halfLife = halfLife }

  /// Puts in new scores and replaces them by the average.
  mutating func apply(to scores: inout [Float], at now: MonotonicTime) {
    if average.isEmpty {
      average = scores
    } else {
      let kept = Float(exp2(-max(0, now - time) / halfLife))
      for index in scores.indices {
        average[index] = kept * average[index] + (1 - kept) * scores[index]
      }
    }
    time = now
    scores = average
  }
}

/// A set's label over time, with a margin that a new one must overcome.
struct LiveDecision {
  let margin: Float
  private(set) var label: String?

  init(margin: Float) { self.margin = margin }

  /// Takes a frame's best labels; true when the decision has changed.
  mutating func update(_ labels: [ScoredLabel]) -> Bool {
    guard let best = labels.first, best.label != label else { return false }
    // A label that is no longer among those listed has lost clearly.
    if let current = labels.first(where: { $0.label == label }),
      best.score < current.score + margin
    {
      return false
    }
    label = best.label
    return true
  }
}
