package import Capture
package import Classification

/// A source's answer over time: what its frames' scores, averaged if that was asked for, come to, one after the other.
///
/// In this order:
/// 1. A frame's answer is its best label; or `unknown`, where the unknown score is too high or that label's score below
///    the label's own threshold. This is what its record says.
/// 2. An ignored answer speaks for the answer that stands, and so changes nothing.
/// 3. So does a label that leads the one that stands by less than the margin, unless that is below its own threshold by
///    now. To and from `unknown` there is no margin.
/// 4. Another answer, the first one too, counts once it has come for so many frames one after the other, or for so long.
///    Any other frame in between has it start afresh; a time without frames does not.
package struct LabelDecision {
  /// What an answer comes to.
  package enum Verdict: Hashable, Sendable {
    /// The label at a place among all.
    case label(Int)
    /// No label fits.
    case unknown

    /// Those that a user names; none of those that the sets do not have.
    package static func named(_ names: [String], in sets: [LabelSet]) -> Set<Verdict> {
      Set(
        names.flatMap { name in
          Answer.isUnknown(name) ? [.unknown] : sets.places(of: name).map(Verdict.label)
        })
    }
  }

  /// How long another answer must come before it counts.
  package enum Hold: Equatable, Sendable {
    /// For so many frames.
    case frames(Int)
    /// From its first frame on for so many seconds.
    case seconds(Double)
  }

  /// The same answer, one frame after the other, that does not count yet.
  private struct Run {
    var verdict: Verdict
    var frames = 0
    var start: MonotonicTime

    func satisfies(_ hold: Hold, at now: MonotonicTime) -> Bool {
      switch hold {
      case .frames(let count): frames >= count
      case .seconds(let seconds): now - start >= seconds - WatchedSource.tolerance
      }
    }
  }

  private let margin: Float
  private let hold: Hold
  private let ignored: Set<Verdict>
  /// The answer that stands; nil at first.
  private var decided: Verdict?
  private var run: Run?

  /// No answer yet.
  ///
  /// - Parameters:
  ///   - margin: a new label's score must exceed the old one's by this.
  ///   - hold: how long another answer must come.
  ///   - ignored: answers that never count.
  package init(margin: Float, hold: Hold = .frames(1), ignored: Set<Verdict> = []) {
    self.margin = margin
    self.hold = hold
    self.ignored = ignored
  }

  /// Whether the last frame had another answer than the one that stands, so that the next ones matter.
  package var isPending: Bool { run != nil }

  /// Takes the scores of a frame at a time; the new answer when the decision changes.
  package mutating func change(by scores: ImageScores, at time: MonotonicTime) -> Answer? {
    guard let verdict = verdict(on: scores), verdict != decided else {
      run = nil
      return nil
    }
    var run = run.flatMap { $0.verdict == verdict ? $0 : nil } ?? Run(verdict: verdict, start: time)
    run.frames += 1
    // A recording may jump back.
    run.start = min(run.start, time)
    guard run.satisfies(hold, at: time) else {
      self.run = run
      return nil
    }
    self.run = nil
    decided = verdict
    switch verdict {
    case .label(let index): return .label(scores.label(index))
    case .unknown: return .unknown(scores.outcome.unknownScore)
    }
  }

  /// What a frame speaks for; nil for nothing, as long as nothing is decided.
  private func verdict(on scores: ImageScores) -> Verdict? {
    let best = scores.bestIndex
    let verdict = scores.isUnknown ? Verdict.unknown : .label(best)
    guard !ignored.contains(verdict) else { return decided }
    guard verdict != .unknown, case .label(let old) = decided, !scores.isTooLow(old) else {
      return verdict
    }
    let all = scores.outcome.scores
    return all[best] < all[old] + margin ? decided : verdict
  }
}
