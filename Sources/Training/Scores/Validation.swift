import CLIPModel
import FloatMath

/// A way to classify, with its scores on validation photos.
public struct Candidate: Sendable {
  /// In a few words.
  public var name: String
  /// Nil where there are no validation photos.
  public var scores: Scores?
}

/// Measures ways to classify on photos that nothing was learnt from.
public struct Validation: Sendable {
  /// The photos, with their labels; may be empty.
  public let photos: [Photo]
  private let learner: FewShotLearner
  private let labelCount: Int
  private let frozen: FrozenFeatures
  /// The photos by the frozen CLIP; nil without photos.
  private let frozenFeatures: ImageFeatures?

  /// Encodes the photos by the frozen CLIP.
  ///
  /// - Parameters:
  ///   - photos: to measure on.
  ///   - learner: the backbone.
  ///   - frozen: the frozen CLIP's features of the training data, which has the same labels.
  /// - Throws: `ImageFileError` for a photo that cannot be read.
  public init(_ photos: [Photo], by learner: FewShotLearner, _ frozen: FrozenFeatures) throws {
    self.photos = photos
    self.learner = learner
    self.frozen = frozen
    labelCount = frozen.texts.prompts.labels.count
    frozenFeatures =
      photos.isEmpty
      ? nil : try learner.features(of: photos) { learner.features(of: $0, adapter: nil) }
  }

  /// What needs no training: zero-shot, centroids, discriminant of the frozen CLIP's features.
  public func baselines() -> [Candidate] {
    let texts = LabelScorer(texts: frozen.texts.features, alpha: 1)
    let centroids = LabelScorer(texts: frozen.shots.centroids, alpha: 1)
    let discriminant = frozen.shots.lda().discriminant
    return [
      candidate("Zero-shot CLIP", frozenFeatures) { texts.logits($0, head: .fusion) },
      candidate("Centroids of the shots", frozenFeatures) { centroids.logits($0, head: .fusion) },
      candidate("Discriminant of the shots", frozenFeatures) { discriminant.logits($0.joined) },
    ]
  }

  /// A trained adapter alone, then (if it has one) with its discriminant: what is exported is the last.
  ///
  /// - Throws: `ImageFileError` for a photo that can no longer be read.
  public func candidates(_ fitted: FittedAdapter) throws -> [Candidate] {
    let features =
      photos.isEmpty
      ? nil
      : try learner.features(of: photos) { learner.features(of: $0, adapter: fitted.adapter) }
    let name = fitted.adapter.geometry.method == .mmrl ? "MMRL" : "MMRL++"
    var alone = fitted.scorer
    alone.discriminant = nil
    var candidates = [candidate(name, features) { alone.logits($0, head: .fusion) }]
    if fitted.discriminant != nil {
      let scorer = fitted.scorer
      candidates.append(
        candidate("\(name) with discriminant", features) { scorer.logits($0, head: .fusion) })
    }
    return candidates
  }

  private func candidate(
    _ name: String, _ features: ImageFeatures?, logits: (ImageFeatures) -> Matrix
  ) -> Candidate {
    Candidate(
      name: name,
      scores: features.map {
        Scores(
          logits: logits($0).elements, actual: photos.map(\.label), labelCount: labelCount)
      })
  }
}
