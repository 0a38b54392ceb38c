package import Capture
package import Classification
internal import Glibc

/// An exponential average of scores by time, not by frames: cameras change their rate in the dark.
package struct Smoothing {
  /// Seconds after which a score counts half.
  private let halfLife: Double
  private var average: [Float] = []
  private var time = MonotonicTime(nanoseconds: 0)

  /// An average without scores yet.
  package init(halfLife: Double) { self.halfLife = halfLife }

  /// Puts in new scores and replaces them by the average.
  package mutating func apply(to new: inout SetScores, at now: MonotonicTime) {
    if average.isEmpty {
      average = new.scores
    } else {
      let kept = Float(exp2(-max(0, now - time) / halfLife))
      for index in average.indices {
        average[index] = kept * average[index] + (1 - kept) * new.scores[index]
      }
    }
    time = now
    new.scores = average
  }
}
