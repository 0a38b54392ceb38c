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

  /// The discriminant's scale where nothing has been held out to measure it on, for features of so many columns.
  ///
  /// A discriminant counts every column of a feature as independent evidence; at this scale all columns together count as
  /// twelve. With one photo a label, twelve made the labels of Caltech-101's other training photos most likely, for labels
  /// that the texts tell apart well and for labels that they do not.
  static func untunedScale(columns: Int) -> Float { 12 / Float(columns) }
}

extension ShotFeatures {
  /// Chooses the logit scales that make the labels of shots most likely which a discriminant has not learnt from.
  ///
  /// Meant for features that have not learnt from the shots' labels, those of the frozen CLIP or of an untrained adapter: a
  /// trained one recognises its own shots too well to choose by. The photos are split into stratified folds, several times
  /// over, since one split of so few photos says little; a photo and its mirror image stay together. Few photos move the
  /// scales little from where they start: the texts' from the one that makes all shots most likely by texts alone, since
  /// texts have learnt from none of them.
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
    let start = FusionTuning(
      textScale: ScoreCalibration.scale(
        of: zeroShot.separateRows, labels: photos, photos: photoCount),
      discriminantScale: FusionTuning.untunedScale(columns: joined.columns))
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
