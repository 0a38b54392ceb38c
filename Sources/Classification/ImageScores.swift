internal import ModelFile

/// The scores of all labels for one image, on one scale.
package struct ImageScores: Sendable, Equatable {
  /// The sets, known labels before novel ones.
  package let sets: [LabelSet]
  /// What the scores were made of.
  package let evidence: Evidence
  /// When no label fits.
  package var threshold: UnknownThreshold
  /// The probability of each label, set after set; may be averaged over time.
  package var outcome: AnswerRule.Outcome

  /// The scores of an image.
  ///
  /// - Precondition: the evidence is about the labels of the sets.
  package init(
    _ sets: [LabelSet], _ evidence: Evidence, by rule: AnswerRule,
    threshold: UnknownThreshold = .none
  ) {
    precondition(
      sets.reduce(0) { $0 + $1.labels.count } == evidence.known.count + evidence.novel.count,
      "a logit for each label")
    self.sets = sets
    self.evidence = evidence
    self.threshold = threshold
    outcome = rule.outcome(evidence)
  }

  /// The logit of each label by the head that scores it, set after set.
  private var logits: [Float] { evidence.known + evidence.novel }

  /// The place of the best label among all.
  package var bestIndex: Int { order(1).first ?? 0 }

  /// The best `count` labels, best first; equal ones in the order of their logits, then of the sets.
  package func best(_ count: Int) -> [ScoredLabel] { order(count).map(label) }

  /// A label by its place among all.
  package func label(_ index: Int) -> ScoredLabel {
    var place = index
    var found = sets[0]
    for set in sets {
      found = set
      guard place >= set.labels.count else { break }
      place -= set.labels.count
    }
    let isKnown = index < evidence.known.count
    return ScoredLabel(
      label: found.labels[place], set: found.kind, head: found.head,
      score: outcome.scores[index], logit: logits[index],
      classLogit: isKnown ? evidence.knownClass[index] : logits[index],
      representationLogit: isKnown ? evidence.knownRepresentation?[index] : nil)
  }

  /// Whether no label fits the image well enough.
  package var isUnknown: Bool {
    let best = bestIndex
    guard !isTooLow(best) else { return true }
    guard let score = outcome.unknownScore else { return false }
    let limit = best < evidence.known.count ? threshold.known : threshold.novel
    return limit.map { score > $0 } ?? false
  }

  /// Whether the label at a place scores too low to be answered, by a threshold of its own.
  package func isTooLow(_ index: Int) -> Bool {
    threshold.labels[index].map { outcome.scores[index] < $0 } ?? false
  }

  private func order(_ count: Int) -> [Int] {
    let (scores, logits) = (outcome.scores, logits)
    func precedes(_ a: Int, _ b: Int) -> Bool {
      (scores[a], logits[a], b) > (scores[b], logits[b], a)
    }
    guard count < 16, count < scores.count else {
      return Array(scores.indices.sorted(by: precedes).prefix(count))
    }
    // A few of many: each is put into its place.
    var best: [Int] = []
    for index in scores.indices {
      guard best.count < count || best.last.map({ precedes(index, $0) }) ?? true else { continue }
      best.insert(index, at: best.firstIndex { precedes(index, $0) } ?? best.count)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}

extension Record.Labels {
  /// A record's labels from the scores of an image: the one place where scores become an answer.
  ///
  /// - Parameters:
  ///   - scores: of all labels.
  ///   - style: what the record has of them.
  ///   - milliseconds: time of the forward pass.
  ///   - warnings: what the decoder had to say.
  package init(
    _ scores: ImageScores, _ style: RecordStyle, milliseconds: Double, warnings: [String] = []
  ) {
    self.init(
      labels: scores.best(style.top), isUnknown: scores.isUnknown,
      unknownScore: scores.outcome.unknownScore,
      knownProbability: style.explains ? scores.outcome.knownProbability : nil,
      milliseconds: milliseconds, warnings: warnings)
  }
}

/// What a record has of an image's scores.
package struct RecordStyle: Sendable {
  /// How many labels.
  package var top = 5
  /// Whether it says how the scores came about.
  package var explains = false
  /// Whether it has the image's class feature.
  package var hasFeatures = false

  /// Five labels, unexplained.
  package init() {}
}
