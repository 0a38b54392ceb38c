public import CLIPModel
import Calibration
public import FloatMath

/// What shots say about labels: unit features of each photo, of its mirror image and of crops of it.
///
/// Legend: N photos, V crops of each, C labels, E joint size.
public struct ShotFeatures: Sendable {
  /// `[2 N, E]` features: all photos, then all mirror images.
  public var features: ImageFeatures
  /// `[V N]` features of crops, photo by photo: how much a photo varies, for the discriminant; nil where there are none.
  public var crops: ImageFeatures?
  /// Text features of the labels by the tower that encoded the photos, `[C, E]`.
  public var texts: Matrix
  /// `[2 N]`.
  public var labels: [Int]
  /// What a discriminant's covariance is regularised towards; nil is the identity.
  public var target: RegularizedLDA.Target?

  /// Puts features of shots together.
  ///
  /// - Precondition: there are features of N photos, then of their mirror images, and a label for each.
  public init(
    features: ImageFeatures, crops: ImageFeatures? = nil, labels: [Int], texts: Matrix,
    target: RegularizedLDA.Target? = nil
  ) {
    precondition(features.classFeatures.rows == labels.count && labels.count % 2 == 0)
    precondition((crops?.classFeatures.rows ?? 0) % max(1, labels.count / 2) == 0)
    self.features = features
    self.crops = crops
    self.labels = labels
    self.texts = texts
    self.target = target
  }

  /// Those of some of the photos, in this order.
  public func selecting(_ photos: [Int]) -> ShotFeatures {
    let rows = photos + photos.map { photoCount + $0 }
    return ShotFeatures(
      features: features.gathering(rows), crops: crops?.gathering(cropRows(of: photos)),
      labels: rows.map { labels[$0] }, texts: texts, target: target)
  }

  /// The rows of the crops of photos.
  private func cropRows(of photos: [Int]) -> [Int] {
    photos.flatMap { $0 * cropCount..<($0 + 1) * cropCount }
  }

  /// V.
  private var cropCount: Int { (crops?.classFeatures.rows ?? 0) / max(1, photoCount) }

  /// C.
  public var labelCount: Int { texts.rows }

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

  /// Regularised LDA of all photos and their mirror images, whose distances say how well an image fits.
  public func lda() -> RegularizedLDA { lda(of: Array(0..<photoCount)) }

  /// Regularised LDA of some photos and their mirror images.
  ///
  /// - Parameters:
  ///   - photos: indices below N.
  ///   - known: the labels of these photos; nil for all.
  /// - Returns: the LDA, of as many labels, in that order.
  func lda(of photos: [Int], known: [Int]? = nil) -> RegularizedLDA {
    let places = places(of: known)
    let kept = photos + photos.map { $0 + photoCount }
    return RegularizedLDA(
      features: features.joined.gathering(rows: kept), labels: kept.map { places[labels[$0]] },
      labelCount: known?.count ?? labelCount, views: 2, target: target)
  }

  /// What all photos say of the labels: see `discriminant(of:known:)`.
  public func discriminant() -> Discriminant { discriminant(of: Array(0..<photoCount)) }

  /// The discriminant of some photos: what regularised LDA of their class features says, and of both features together.
  ///
  /// - Parameters:
  ///   - photos: indices below N.
  ///   - known: the labels of these photos; nil for all.
  /// - Returns: logits of as many labels, in that order, linear in the joined features.
  func discriminant(of photos: [Int], known: [Int]? = nil) -> Discriminant {
    let count = known?.count ?? labelCount
    let places = places(of: known)
    let rows = photos + photos.map { $0 + photoCount }
    let shown = photos.map { places[labels[$0]] }
    let views = 2 + cropCount
    let all = [features.gathering(rows), crops?.gathering(cropRows(of: photos))].compactMap(\.self)
    let viewed = ImageFeatures.stacked(all)
    let viewLabels = shown + shown + shown.flatMap { [Int](repeating: $0, count: cropCount) }
    let texts = known.map { self.texts.gathering(rows: $0) } ?? self.texts
    func discriminant(_ features: Matrix) -> Discriminant {
      RegularizedLDA(
        features: features, labels: viewLabels, labelCount: count, views: views, target: target,
        texts: texts
      ).discriminant
    }
    let byClass = discriminant(viewed.classFeatures)
    guard viewed.representation != nil else { return byClass }
    let share = DiscriminantPrior.representationShare(
      photos: Double(photos.count) / Double(count))
    guard share > 0 else { return byClass.padded(to: viewed.joined.columns) }
    return byClass.padded(to: viewed.joined.columns).mixed(
      with: discriminant(viewed.joined), share: Float(share))
  }

  /// What the photos other than those of a fold say.
  func discriminant(without fold: [Int]) -> Discriminant {
    let out = Set(fold)
    return discriminant(of: (0..<photoCount).filter { !out.contains($0) })
  }

  /// The place of each label among some; others have none.
  private func places(of known: [Int]?) -> [Int] {
    guard let known else { return Array(0..<labelCount) }
    var places = [Int](repeating: -1, count: labelCount)
    for (place, label) in known.enumerated() { places[label] = place }
    return places
  }
}

extension ImageFeatures {
  /// Those of some rows.
  fileprivate func gathering(_ rows: [Int]) -> ImageFeatures {
    ImageFeatures(
      classFeatures: classFeatures.gathering(rows: rows),
      representation: representation?.gathering(rows: rows))
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
