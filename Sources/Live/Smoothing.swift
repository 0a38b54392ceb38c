package import Capture
package import Classification
internal import Glibc

/// An exponential average of scores by time, not by frames: cameras change their rate in the dark.
package struct Smoothing {
  /// Seconds after which a score counts half.
  private let halfLife: Double
  private var average: AnswerRule.Outcome?
  private var time = MonotonicTime(nanoseconds: 0)

  /// An average without scores yet.
  package init(halfLife: Double) { self.halfLife = halfLife }

  /// Puts in new scores and replaces them by the average.
  package mutating func apply(to new: inout ImageScores, at now: MonotonicTime) {
    let kept = Float(exp2(-max(0, now - time) / halfLife))
    time = now
    if let average { new.outcome.average(with: average, keeping: kept) }
    average = new.outcome
  }
}

extension AnswerRule.Outcome {
  fileprivate mutating func average(with old: AnswerRule.Outcome, keeping kept: Float) {
    for index in scores.indices {
      scores[index] = kept * old.scores[index] + (1 - kept) * scores[index]
    }
    knownProbability = kept * old.knownProbability + (1 - kept) * knownProbability
    if let new = unknownScore, let old = old.unknownScore {
      unknownScore = kept * old + (1 - kept) * new
    }
  }
}
