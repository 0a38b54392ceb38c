public import CLIPModel
public import FloatMath

/// How much text features and discriminant say in the fusion of known labels; together they decide how sure it is.
public struct FusionTuning: Sendable, Equatable {
  /// The text features' logits count this often.
  public var texts: Float
  /// The discriminant's logits count this often.
  public var discriminant: Float

  /// Puts factors together.
  public init(texts: Float, discriminant: Float) {
    self.texts = texts
    self.discriminant = discriminant
  }

  /// The discriminant's factor as far as nothing has been held out to check it on, for features of so many columns.
  ///
  /// A discriminant takes every direction for a witness of its own; this takes all of them for a dozen. With one photo a
  /// label, a dozen made the other training photos of Caltech-101 likeliest, with labels that the texts tell well and with
  /// labels that they do not.
  static func unchecked(columns: Int) -> Float { 12 / Float(columns) }
}

extension FewShotLearner.Shots {
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

  /// Fits a discriminant to the features as they are.
  public func discriminant() -> Discriminant { discriminant(without: []) }

  /// Fits the term that joins the fusion.
  ///
  /// - Parameters:
  ///   - tuning: how much texts and discriminant say.
  ///   - texts: text features of the labels that the fusion uses, `[C, E]`.
  ///   - alpha: weight of the class logits in it.
  /// - Returns: the discriminant as often as it counts, and what the text logits, which the fusion has once, are to gain or
  ///   lose.
  public func discriminant(
    _ tuning: FusionTuning, texts: Matrix, alpha: Float
  ) -> Discriminant {
    discriminant().scaled(by: tuning.discriminant)
      .adding(texts: texts, times: tuning.texts - 1, alpha: alpha)
  }

  /// Chooses how much texts and discriminant say by how likely they make the labels of shots that are held out of the others.
  ///
  /// Meant for features that have not learnt from the shots' labels, those of the frozen CLIP or of an untrained adapter: a
  /// trained one recognises its own shots too well to choose by. Each label's photos are shuffled and dealt out to the
  /// folds, several times over, since one deal of so few photos says little; a photo and its mirror image stay together.
  /// Few photos move the factors little from where they are without: that of the texts is then the one that alone makes all
  /// shots likeliest, since texts have learnt from none of them.
  ///
  /// - Parameters:
  ///   - zeroShot: `zeroShot(texts:)` of the frozen CLIP's features of the same photos, `[N, C]`.
  ///   - folds: at least 2; labels with fewer photos are in fewer folds.
  ///   - deals: how often the photos are dealt out.
  /// - Returns: the factors.
  public func tuneFusion(zeroShot: Matrix, folds: Int = 8, deals: Int = 2) -> FusionTuning {
    let joined = features.joined
    let photos = Array(labels[..<photoCount])
    let start = FusionTuning(
      texts: ScoreCalibration.scale(of: zeroShot, labels: photos, photos: photoCount),
      discriminant: FusionTuning.unchecked(columns: joined.columns))
    var random = PythonRandom(seed: 0)
    let parts = (0..<deals).flatMap { _ in StratifiedFolds.deal(photos, into: folds, &random) }
    guard !parts.isEmpty else { return start }
    let own = parts.map { discriminant(without: $0).logits(joined.gathering(rows: $0)) }
    let held = parts.flatMap(\.self)
    let factors = ScoreCalibration.factors(
      of: (zeroShot.gathering(rows: held), Matrix.stacked(own)), labels: held.map { labels[$0] },
      photos: Set(held).count, around: (start.texts, start.discriminant))
    return FusionTuning(texts: factors.0, discriminant: factors.1)
  }

  private var photoCount: Int { labels.count / 2 }

  /// What the photos other than those in a part say.
  private func discriminant(without part: [Int]) -> Discriminant {
    let out = Set(part)
    let kept = labels.indices.filter { !out.contains($0 % photoCount) }
    return RegularizedLDA(
      features: features.joined.gathering(rows: kept), labels: kept.map { labels[$0] },
      labelCount: labelCount, views: 2, target: target
    ).discriminant
  }
}
