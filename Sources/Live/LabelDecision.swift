package import Classification

/// A set's label over time, with a margin that a new one must overcome.
package struct LabelDecision {
  private let margin: Float
  /// The label decided for, by its place in the set; nil at first.
  private var decided: Int?

  /// No label yet.
  ///
  /// - Parameter margin: a new label's score must exceed the old one's by this.
  package init(margin: Float) { self.margin = margin }

  /// Takes a frame's scores; the new label when the decision changes.
  package mutating func change(by scores: SetScores) -> ScoredLabel? {
    guard let best = scores.best(1).first,
      let index = scores.set.labels.firstIndex(of: best.label), index != decided
    else { return nil }
    if let decided, best.score < scores.scores[decided] + margin { return nil }
    decided = index
    return best
  }
}
