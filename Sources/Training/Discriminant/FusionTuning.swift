import CLIPModel
import Calibration
public import FloatMath

/// The logit scales of texts and discriminant in the fusion of known labels; together they decide how sure it is.
public struct FusionTuning: Sendable, Equatable {
  /// By what the text features' logits are multiplied.
  public var textScale: Float
  /// By what the discriminant's logits are multiplied.
  public var discriminantScale: Float

  /// Puts scales together.
  public init(textScale: Float, discriminantScale: Float) {
    self.textScale = textScale
    self.discriminantScale = discriminantScale
  }

  /// Those of a trained adapter, of these of an untrained one.
  ///
  /// Training teaches the fused logits what the discriminant knows and more, so they count more than the frozen CLIP's, and the
  /// discriminant less, since both say much the same: `DiscriminantPrior`.
  var trained: FusionTuning {
    let scale = Float(DiscriminantPrior.shareBesideTrained) * discriminantScale
    return FusionTuning(
      textScale: max(textScale, Float(DiscriminantPrior.trainedFusion) * scale),
      discriminantScale: scale)
  }
}

extension ShotFeatures {
  /// Chooses the logit scales that make the labels of shots most likely which a discriminant has not learnt from.
  ///
  /// Meant for features that have not learnt from the shots' labels, those of the frozen CLIP or of an untrained adapter: a
  /// trained one recognises its own shots too well to choose by. The photos are split into stratified folds, several times
  /// over, since one split of so few photos says little; a photo, its mirror image and its crops stay together. Few photos
  /// move the scales little from where they start.
  ///
  /// - Parameters:
  ///   - zeroShot: `zeroShot(texts:)` of the frozen CLIP's features of the same photos, `[N, C]`.
  ///   - folds: at least 2; labels with fewer photos are in fewer folds.
  ///   - repeats: how often the photos are split.
  ///   - workers: threads that share the work.
  /// - Returns: the scales.
  public func tuneFusion(
    zeroShot: Matrix, folds: Int = 8, repeats: Int = 2, workers: Workers = Workers()
  ) -> FusionTuning {
    let joined = features.joined
    let photos = Array(labels[..<photoCount])
    let first = DiscriminantPrior.scales(embedDim: texts.columns)
    let start = FusionTuning(
      textScale: Float(first.text), discriminantScale: Float(first.discriminant))
    var random = PythonRandom(seed: 0)
    let split = (0..<repeats).flatMap { _ in StratifiedFolds.split(photos, into: folds, &random) }
    guard !split.isEmpty else { return start }
    let logits = workers.map(split.count) {
      discriminant(without: split[$0]).logits(joined.gathering(rows: split[$0]))
    }
    let validation = split.flatMap(\.self)
    let factors = ScoreCalibration.factors(
      of: (
        zeroShot.gathering(rows: validation).separateRows, Matrix.stacked(logits).separateRows
      ),
      labels: validation.map { labels[$0] }, photos: Set(validation).count,
      around: (start.textScale, start.discriminantScale))
    return FusionTuning(textScale: factors.0, discriminantScale: factors.1)
  }
}
