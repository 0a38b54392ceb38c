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

  /// Takes a frame's best label, and the score now of the label decided for; true when that changes.
  mutating func update(_ best: ScoredLabel, score: (_ label: String) -> Float?) -> Bool {
    guard best.label != label else { return false }
    if let label, let score = score(label), best.score < score + margin { return false }
    label = best.label
    return true
  }
}
