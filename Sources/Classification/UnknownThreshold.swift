internal import Basics
internal import Glibc
package import ModelFile

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

  /// The thresholds of a model for a rate that was asked for.
  ///
  /// - Parameters:
  ///   - rate: the share, above 0 and below 1; nil is 5 % where the model can say so small a rate, else none.
  ///   - model: what the model is.
  /// - Throws: ``TooFewPhotos`` when the model cannot say the rate.
  package init(rate: Double?, of model: Manifest) throws(TooFewPhotos) {
    let unknown = model.answer?.unknown
    self.init(unknown, rate: rate ?? 0.05)
    if let rate, self == .none {
      throw TooFewPhotos(
        rate: rate, needed: Self.photosNeeded(for: rate), there: unknown?.heldOutKnown.count ?? 0)
    }
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

/// A model has not seen photos enough to refuse so few images.
package struct TooFewPhotos: Error, Equatable, CustomStringConvertible {
  var rate: Double
  var needed: Int
  var there: Int

  /// One line for a person.
  package var description: String {
    "a rate of \(Decimal.fixed(100 * rate, 1)) % needs \(needed) photos learnt from, the model has \(there) "
      + "(a higher rate needs fewer)"
  }
}
