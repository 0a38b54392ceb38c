package import ModelFile
internal import Glibc

/// When an answer is that no label fits: from which unknown score on, and below which score of the best label.
///
/// The former is found by split conformal prediction: at most the asked share of photos like the held-out ones have a
/// score above it. The latter is the user's.
package struct UnknownThreshold: Sendable, Equatable {
  /// For answers that are known labels; nil never refuses one.
  package var known: Float?
  /// For answers that are novel labels; nil never refuses one.
  package var novel: Float?
  /// Scores below which labels are not answered, by their places among all.
  package var labels: [Int: Float] = [:]

  /// No answer is refused.
  package static let none = UnknownThreshold(known: nil, novel: nil)

  /// Thresholds.
  package init(known: Float?, novel: Float?) {
    self.known = known
    self.novel = novel
  }

  /// The thresholds of a model that refuse so small a share of images that show a label.
  ///
  /// - Parameters:
  ///   - unknown: what the model says of held-out photos.
  ///   - rate: the share, above 0 and below 1.
  package init(_ unknown: Manifest.Answer.Unknown?, rate: Double) {
    known = Self.threshold(unknown?.heldOutKnown ?? [], rate)
    novel = Self.threshold(unknown?.heldOutNovel ?? [], rate)
  }

  /// How many held-out photos a rate needs.
  package static func photosNeeded(for rate: Double) -> Int { Int((1 / rate).rounded(.up)) - 1 }

  /// The smallest score that a new photo exceeds with at most this probability; nil where there are too few photos.
  private static func threshold(_ scores: [Float], _ rate: Double) -> Float? {
    // One tiny step down, since (n + 1)(1 - rate) is rarely exact in binary.
    let rank = Int((Double(scores.count + 1) * (1 - rate) - 1e-9).rounded(.up))
    return rank >= 1 && rank <= scores.count ? scores[rank - 1] : nil
  }
}
