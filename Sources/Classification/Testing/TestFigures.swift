package import Calibration
internal import ModelFile

/// What a test says of a model: figures of images whose labels are known.
package struct TestFigures: Sendable, Equatable {
  /// How often the answer is right.
  package struct Accuracy: Sendable, Equatable {
    /// In the one ranking of all labels; unknown is wrong.
    package var joint: Proportion
    /// Among the labels of the right set alone, nothing refused.
    package var inSet: Proportion

    init?(_ images: [TestedImage]) {
      guard let joint = Proportion(of: images, where: \.isRight),
        let inSet = Proportion(of: images, where: \.isRightInSet)
      else { return nil }
      self.joint = joint
      self.inSet = inSet
    }
  }

  /// A label's images.
  package struct OfLabel: Sendable, Equatable {
    /// The label.
    package var label: ModelLabel
    /// How often the answer was right.
    package var accuracy: Accuracy
  }

  /// Images of one label (or of none) that got the same wrong answer.
  package struct Confusion: Sendable, Equatable {
    /// What they show; nil for none of the labels.
    package var truth: ModelLabel?
    /// What was answered; nil for unknown.
    package var answer: ModelLabel?
    /// How many.
    package var count: Int
  }

  /// How well images of none of the labels are told from the others.
  package struct Unknowns: Sendable, Equatable {
    /// Images of labels that were answered "unknown".
    package var refusedLabels: Proportion?
    /// Images of none that were.
    package var refusedOthers: Proportion?
    /// By the unknown score; nil where the model has none, or without images of both kinds.
    package var separation: Separation?
  }

  /// All images of labels; nil without.
  package let all: Accuracy?
  /// Those of known labels; nil without.
  package let known: Accuracy?
  /// Those of novel labels; nil without.
  package let novel: Accuracy?
  /// The labels that had images, in the model's order.
  package let labels: [OfLabel]
  /// The most frequent ones first.
  package let confusions: [Confusion]
  /// Of the best label's score, for images of labels; nil without.
  package let reliability: Reliability?
  /// Images of none of the labels, and unknown answers.
  package let unknowns: Unknowns
  /// See ``openworldAUC(_:)``.
  package let openworld: Double?

  /// Harmonic mean of known and novel accuracy in the one ranking.
  package var jointMean: Double? { Proportion.harmonicMean(known?.joint, novel?.joint) }
  /// The same within each set.
  package var inSetMean: Double? { Proportion.harmonicMean(known?.inSet, novel?.inSet) }

  /// Figures of images.
  ///
  /// - Parameters:
  ///   - images: in any order.
  ///   - labels: all of the model's, in its order.
  package init(_ images: [TestedImage], labels: [ModelLabel]) {
    let shown = images.filter { $0.truth != nil }
    let others = images.filter { $0.truth == nil }
    all = Accuracy(shown)
    known = Accuracy(shown.filter { $0.truth?.set == .known })
    novel = Accuracy(shown.filter { $0.truth?.set == .novel })
    let ofLabel = Dictionary(grouping: shown, by: \.truth)
    self.labels = labels.compactMap { label in
      ofLabel[label].flatMap { Accuracy($0) }.map { OfLabel(label: label, accuracy: $0) }
    }
    confusions = Self.confusions(images, labels: labels)
    reliability = Reliability(shown.map { ($0.score, $0.isBestRight) })
    unknowns = Unknowns(
      refusedLabels: Proportion(of: shown, where: \.isRefused),
      refusedOthers: Proportion(of: others, where: \.isRefused),
      separation: Separation(
        labels: shown.compactMap(\.unknownScore), others: others.compactMap(\.unknownScore)))
    openworld = openworldAUC(images)
  }

  private struct Pair: Hashable {
    var truth: ModelLabel?
    var answer: ModelLabel?
  }

  private static func confusions(
    _ images: [TestedImage], labels: [ModelLabel]
  ) -> [Confusion] {
    var counts: [Pair: Int] = [:]
    for image in images where !image.isRight {
      counts[Pair(truth: image.truth, answer: image.isRefused ? nil : image.best), default: 0] += 1
    }
    let order = Dictionary(
      uniqueKeysWithValues: labels.enumerated().map { ($0.element, $0.offset) })
    func place(_ label: ModelLabel?) -> Int { label.flatMap { order[$0] } ?? labels.count }
    return counts.map { Confusion(truth: $0.key.truth, answer: $0.key.answer, count: $0.value) }
      .sorted { a, b in
        (b.count, place(a.truth), place(a.answer)) < (a.count, place(b.truth), place(b.answer))
      }
  }
}
