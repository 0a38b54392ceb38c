package import ModelFile

/// A label of a model, and the set it is of.
package struct ModelLabel: Sendable, Hashable {
  /// The label.
  package var name: String
  /// Known or novel.
  package var set: Manifest.LabelSet.Kind

  /// A label.
  package init(_ name: String, _ set: Manifest.LabelSet.Kind) {
    self.name = name
    self.set = set
  }
}

/// What an image shows, and what the model said.
package struct TestedImage: Sendable, Equatable {
  /// The file.
  package var path: String
  /// What it shows; nil for none of the labels.
  package var truth: ModelLabel?
  /// The best label.
  package var best: ModelLabel
  /// The best label's score.
  package var score: Float
  /// The best of the labels of the truth's set; nil for an image of none.
  package var bestInSet: ModelLabel?
  /// How probable it is that a known label is shown, if any is.
  package var knownProbability: Float
  /// How probable it is that no label fits; nil where the model cannot say.
  package var unknownScore: Float?
  /// Whether the answer is that no label fits.
  package var isRefused: Bool

  /// What was said, field by field.
  package init(
    path: String, truth: ModelLabel?, best: ModelLabel, score: Float, bestInSet: ModelLabel?,
    knownProbability: Float, unknownScore: Float? = nil, isRefused: Bool = false
  ) {
    self.path = path
    self.truth = truth
    self.best = best
    self.score = score
    self.bestInSet = bestInSet
    self.knownProbability = knownProbability
    self.unknownScore = unknownScore
    self.isRefused = isRefused
  }

  /// What a record says; nil for one without labels.
  ///
  /// - Precondition: the record has all labels, and is explained.
  package init?(_ record: Record, truth: ModelLabel?) {
    guard case .file(let path) = record.origin, case .labels(let labels) = record.outcome,
      let best = labels.labels.first
    else { return nil }
    let inSet = truth.flatMap { truth in labels.labels.first { $0.set == truth.set } }
    guard let knownProbability = labels.knownProbability else {
      preconditionFailure("a record that is not explained")
    }
    self.init(
      path: path, truth: truth, best: ModelLabel(best.label, best.set), score: best.score,
      bestInSet: inSet.map { ModelLabel($0.label, $0.set) }, knownProbability: knownProbability,
      unknownScore: labels.unknownScore, isRefused: labels.isUnknown)
  }

  /// Whether the best label of all is right, be it answered or refused.
  package var isBestRight: Bool { best == truth }

  /// Whether the answer is right.
  package var isRight: Bool { truth == nil ? isRefused : isBestRight && !isRefused }

  /// The score of the answer, be it a label or unknown.
  package var certainty: Float { isRefused ? unknownScore ?? 0 : score }

  /// Wrong answers, those of the highest scores first; equal ones in the order of their paths.
  package static func surestMistakes(_ images: [TestedImage], atMost count: Int) -> [TestedImage] {
    let wrong = images.filter { !$0.isRight }
    return Array(
      wrong.sorted { ($1.certainty, $0.path) < ($0.certainty, $1.path) }.prefix(count))
  }

  /// Whether the best label of the truth's set is right.
  package var isRightInSet: Bool { truth != nil && bestInSet == truth }
}
