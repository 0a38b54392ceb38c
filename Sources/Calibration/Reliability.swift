/// Whether scores mean what they say: of images whose best label has a score of 0.8, it should be right in 80 %.
package struct Reliability: Sendable, Equatable {
  /// Images of about the same score.
  package struct Group: Sendable, Equatable {
    /// Their mean score.
    package var score: Double
    /// How many are right.
    package var right: Proportion
  }

  /// Tenths of the images, those of the lowest scores first; fewer of fewer than ten images.
  package var deciles: [Group]
  /// The mean of how far mean score and accuracy are apart, over fifteen bins of equal width, weighted by their
  /// images: expected calibration error (Guo et al., ICML 2017).
  package var expectedError: Double

  private static let bins = 15

  /// Compares scores with what was right; nil of no images.
  package init?(_ images: [(score: Float, isRight: Bool)]) {
    guard !images.isEmpty else { return nil }
    let sorted = images.sorted { $0.score < $1.score }
    let count = sorted.count
    let tenths = min(10, count)
    deciles = (0..<tenths).compactMap { tenth in
      Self.group(sorted[tenth * count / tenths..<(tenth + 1) * count / tenths])
    }
    let byBin = Dictionary(grouping: sorted) { image in
      max(0, min(Self.bins - 1, Int(image.score * Float(Self.bins))))
    }
    let errors = byBin.values.compactMap { Self.group($0[...]) }.map { group in
      abs(group.score - group.right.share) * Double(group.right.total)
    }
    // In a fixed order, so that the sum is the same each time.
    expectedError = errors.sorted().reduce(0, +) / Double(count)
  }

  private static func group(_ images: ArraySlice<(score: Float, isRight: Bool)>) -> Group? {
    Proportion(images.count { $0.isRight }, of: images.count).map { right in
      Group(
        score: images.reduce(0) { $0 + Double($1.score) } / Double(images.count), right: right)
    }
  }
}
