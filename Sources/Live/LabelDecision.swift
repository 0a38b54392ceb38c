package import Classification

/// A source's answer over time, with a margin that a new label must overcome.
package struct LabelDecision {
  private enum Decided: Equatable {
    case label(Int)
    case unknown
  }

  private let margin: Float
  /// Nil at first.
  private var decided: Decided?

  /// No answer yet.
  ///
  /// - Parameter margin: a new label's score must exceed the old one's by this.
  package init(margin: Float) { self.margin = margin }

  /// Takes a frame's scores; the new answer when the decision changes.
  package mutating func change(by scores: ImageScores) -> Answer? {
    guard !scores.isUnknown else {
      defer { decided = .unknown }
      return decided == .unknown ? nil : .unknown(scores.outcome.unknownScore ?? 1)
    }
    let best = scores.bestIndex
    guard decided != .label(best) else { return nil }
    let all = scores.outcome.scores
    if case .label(let old) = decided, all[best] < all[old] + margin { return nil }
    decided = .label(best)
    return .label(scores.label(best))
  }
}
