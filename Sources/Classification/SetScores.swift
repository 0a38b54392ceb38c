internal import Inference

/// The scores of all labels of a set for one image.
package struct SetScores: Sendable, Equatable {
  /// The set.
  package let set: LabelSet
  /// What the scores were made of, in the order of the labels.
  package let logits: [Float]
  /// Softmax over the set; may be averaged over time.
  package var scores: [Float]

  /// The scores of an image from its logits.
  ///
  /// - Precondition: there is a logit for each label.
  package init(_ set: LabelSet, logits: [Float]) {
    precondition(logits.count == set.labels.count, "a logit for each label")
    self.set = set
    self.logits = logits
    scores = logits
    var span = scores.mutableSpan
    Session.softmax(&span)
  }

  /// The best `count` labels, best first; equal ones in the order of their logits, then of the set.
  package func best(_ count: Int) -> [ScoredLabel] {
    let order = scores.indices.sorted {
      (scores[$0], logits[$0], $1) > (scores[$1], logits[$1], $0)
    }
    return order.prefix(count).map { index in
      ScoredLabel(
        label: set.labels[index], set: set.kind, head: set.head, score: scores[index],
        logit: logits[index])
    }
  }
}

extension Record.Labels {
  /// A record's labels from the scores of all sets: the one place where scores become an answer.
  ///
  /// - Parameters:
  ///   - scores: all labels of all sets.
  ///   - top: how many labels of each set the record gets.
  ///   - milliseconds: time of the forward pass.
  ///   - warnings: what the decoder had to say.
  package init(
    _ scores: [SetScores], top: Int, milliseconds: Double, warnings: [String] = []
  ) {
    self.init(
      sets: scores.map { $0.best(top) }, milliseconds: milliseconds, warnings: warnings)
  }
}
