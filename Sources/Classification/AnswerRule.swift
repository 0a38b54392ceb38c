internal import Glibc
internal import Inference
package import ModelFile

/// From the evidence of an image to probabilities of all labels, known and novel: ANSWER.md has the formulas.
package struct AnswerRule: Sendable {
  private let figures: Manifest.Answer

  /// The rule of a model; nil is that of a model without photos, and of version 1: the plain softmax.
  package init(_ figures: Manifest.Answer?) {
    self.figures = figures ?? Manifest.Answer(origin: "")
  }

  /// What comes of an image.
  package struct Outcome: Sendable, Equatable {
    /// Probabilities of the known labels, then of the novel ones; together one.
    package var scores: [Float]
    /// How probable it is that a known label is shown, if any is.
    package var knownProbability: Float
    /// How probable it is that no label fits, 0 to 1; nil where the model cannot say.
    package var unknownScore: Float?
  }

  /// Probabilities of the labels.
  ///
  /// - Precondition: the evidence is about at least one label.
  package func outcome(_ evidence: Evidence) -> Outcome {
    let known = Self.softmax(evidence.known, times: figures.knownScale)
    let novel = Self.softmax(evidence.novel, times: figures.classScale)
    precondition(!known.isEmpty || !novel.isEmpty, "no labels")
    let confidence = known.max().map { log(Double(max($0, .leastNormalMagnitude))) } ?? 0
    let probability =
      known.isEmpty ? 0 : novel.isEmpty ? 1 : knownProbability(evidence, confidence)
    return Outcome(
      scores: known.map { Float(Double($0) * probability) }
        + novel.map { Float(Double($0) * (1 - probability)) },
      knownProbability: Float(probability),
      unknownScore: unknownScore(evidence, confidence).map { Float($0) })
  }

  /// The gate: how probable it is that a known label is shown, if any is.
  private func knownProbability(_ evidence: Evidence, _ confidence: Double) -> Double {
    if let gate = figures.gate, let distance = Self.distance(evidence) {
      let gap = (evidence.knownClass.max() ?? 0) - (evidence.novel.max() ?? 0)
      return gate.probability(gap: Double(gap), distance: distance, confidence: confidence)
    }
    let known = Manifest.Answer.logSumExp(evidence.knownClass, times: figures.classScale)
    let novel = Manifest.Answer.logSumExp(evidence.novel, times: figures.classScale)
    return Manifest.Answer.logistic(known - novel)
  }

  /// How probable it is that neither names nor photos fit.
  private func unknownScore(_ evidence: Evidence, _ confidence: Double) -> Double? {
    guard let unknown = figures.unknown, !evidence.words.isEmpty else { return nil }
    let words = Manifest.Answer.energy(evidence.words)
    return unknown.score(
      energy: Manifest.Answer.energy(evidence.knownClass + evidence.novel) - words,
      novelEnergy: evidence.novel.isEmpty ? nil : Manifest.Answer.energy(evidence.novel) - words,
      byPhotos: Self.distance(evidence).map { ($0, confidence) })
  }

  /// The distance as a number: one without end times a coefficient of zero would be none.
  private static func distance(_ evidence: Evidence) -> Double? {
    evidence.distance.map { Double(min($0, .greatestFiniteMagnitude)) }
  }

  private static func softmax(_ logits: [Float], times scale: Double) -> [Float] {
    var scores = logits.map { Float(scale) * $0 }
    var span = scores.mutableSpan
    Session.softmax(&span)
    return scores
  }
}
