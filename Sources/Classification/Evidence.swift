/// What an image says about each label, before it becomes one answer: ANSWER.md.
package struct Evidence: Sendable, Equatable {
  /// Logits of the known labels by the head that scores them.
  package var known: [Float]
  /// Logits of the known labels by the class head.
  package var knownClass: [Float]
  /// Logits of the known labels by the representation head, which take no part in the answer but explain it; nil where nothing is
  /// explained, or there is no such head.
  package var knownRepresentation: [Float]?
  /// Logits of the novel labels, which are the class head's.
  package var novel: [Float]
  /// Logits by the class head of everyday words that mean none of the labels; empty where there are none.
  package var words: [Float]
  /// The squared Mahalanobis distance to the nearest known label's mean, per column of a feature; nil without photos.
  package var distance: Float?

  /// Puts logits together.
  package init(
    known: [Float] = [], knownClass: [Float] = [], knownRepresentation: [Float]? = nil,
    novel: [Float] = [], words: [Float] = [], distance: Float? = nil
  ) {
    precondition(known.count == knownClass.count, "two logits a known label")
    self.known = known
    self.knownClass = knownClass
    self.knownRepresentation = knownRepresentation
    self.novel = novel
    self.words = words
    self.distance = distance
  }
}
