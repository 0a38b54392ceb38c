public import CLIPModel
public import FloatMath

/// What shots say about labels without any training: unit features of each photo and of its mirror image.
///
/// Legend: N photos, C labels, E joint size.
public struct ShotFeatures: Sendable {
  /// `[2 N, E]` features: all photos, then all mirror images.
  public var features: ImageFeatures
  /// `[2 N]`.
  public var labels: [Int]
  /// C.
  public var labelCount: Int
  /// What a discriminant's covariance is regularised towards; nil is the identity.
  public var target: RegularizedLDA.Target?

  /// Puts features of shots together.
  ///
  /// - Precondition: there are features of N photos, then of their mirror images, and a label for each.
  public init(
    features: ImageFeatures, labels: [Int], labelCount: Int, target: RegularizedLDA.Target? = nil
  ) {
    precondition(features.classFeatures.rows == labels.count && labels.count % 2 == 0)
    self.features = features
    self.labels = labels
    self.labelCount = labelCount
    self.target = target
  }

  /// Those of some of the photos, in this order.
  public func selecting(_ photos: [Int]) -> ShotFeatures {
    let rows = photos + photos.map { photoCount + $0 }
    return ShotFeatures(
      features: ImageFeatures(
        classFeatures: features.classFeatures.gathering(rows: rows),
        representation: features.representation?.gathering(rows: rows)),
      labels: rows.map { labels[$0] }, labelCount: labelCount, target: target)
  }

  /// N.
  public var photoCount: Int { labels.count / 2 }

  /// The mean class feature of each label, `[C, E]`, unit length: what the simplest few-shot classifier compares with.
  public var centroids: Matrix {
    var sums = Matrix(rows: labelCount, columns: features.classFeatures.columns)
    sums.add(features.classFeatures, toRows: labels)
    return UnitRows(sums).rows
  }

  /// Logits `[N, C]` of the photos, not of their mirror images, by their class features and the labels' text features.
  public func zeroShot(texts: Matrix) -> Matrix {
    let photos = ImageFeatures(
      classFeatures: features.classFeatures[rows: 0..<photoCount], representation: nil)
    return LabelScorer(texts: texts, alpha: 1).logits(photos, head: .fusion)
  }

  /// Regularised LDA of the features as they are.
  public func lda() -> RegularizedLDA { lda(of: Array(0..<photoCount)) }

  /// What the photos other than those of a fold say.
  func discriminant(without fold: [Int]) -> Discriminant {
    let out = Set(fold)
    return lda(of: (0..<photoCount).filter { !out.contains($0) }).discriminant
  }

  /// Regularised LDA of some photos and their mirror images.
  ///
  /// - Parameters:
  ///   - photos: indices below N.
  ///   - places: the place of each label among those of the LDA; nil takes all labels in their order.
  /// - Returns: the LDA, of as many labels as there are places.
  func lda(of photos: [Int], places: [Int: Int]? = nil) -> RegularizedLDA {
    let kept = photos + photos.map { $0 + photoCount }
    return RegularizedLDA(
      features: features.joined.gathering(rows: kept),
      labels: kept.map { index in places.map { $0[labels[index], default: 0] } ?? labels[index] },
      labelCount: places?.count ?? labelCount, views: 2, target: target)
  }
}

extension Discriminant {
  /// The term that joins the fusion of known labels.
  ///
  /// - Parameters:
  ///   - tuning: the logit scales.
  ///   - texts: text features of the labels that the fusion uses, `[C, E]`.
  ///   - alpha: weight of the class logits in it.
  /// - Returns: the discriminant at its scale, and what the text logits, which the fusion has once, are to gain or lose.
  public func tuned(_ tuning: FusionTuning, texts: Matrix, alpha: Float) -> Discriminant {
    scaled(by: tuning.discriminantScale)
      .adding(texts: texts, times: tuning.textScale - 1, alpha: alpha)
  }
}
