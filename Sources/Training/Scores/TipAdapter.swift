package import FloatMath
import CLIPModel
import Glibc

/// Tip-Adapter (arXiv 2207.09519), a cache of shots beside the texts, without training: the usual comparison for few photos.
///
/// Legend: M images, N photos, C labels, E joint size. The logits of features f `[M, E]` are
///
///     100 f Wᵀ + alpha exp(-beta (1 - f Fᵀ)) L
///
/// with the text features W `[C, E]`, the photos' features F `[N, E]`, each the unit mean of a photo's views, and L `[N, C]`,
/// which has a one at each photo's label.
package struct TipAdapter: Sendable {
  /// Weight of the photos, as published before any search.
  private static let alpha: Float = 1
  /// How fast a photo's say falls with the distance from it, as published before any search.
  private static let beta: Float = 5.5
  /// `[C, E]`.
  private let texts: Matrix
  /// `[N, E]`.
  private let keys: Matrix
  /// `[N]`.
  private let labels: [Int]

  /// Keeps what photos look like.
  ///
  /// - Parameters:
  ///   - shots: the photos by the frozen CLIP.
  ///   - texts: unit text features of the labels, `[C, E]`.
  package init(_ shots: ShotFeatures, texts: Matrix) {
    let photos = shots.photoCount
    var sums = Matrix(rows: photos, columns: texts.columns)
    sums.add(shots.features.classFeatures, toRows: (0..<2 * photos).map { $0 % photos })
    if let crops = shots.crops?.classFeatures {
      sums.add(crops, toRows: (0..<crops.rows).map { $0 / (crops.rows / photos) })
    }
    keys = UnitRows(sums).rows
    labels = Array(shots.labels[..<photos])
    self.texts = texts
  }

  /// Logits `[M, C]` of unit class features `[M, E]`.
  package func logits(_ features: Matrix) -> Matrix {
    let cosines = Matrix.product(features, .plain, keys, .transposed).elements
    var cache = [Float](repeating: 0, count: features.rows * texts.rows)
    for (index, cosine) in cosines.enumerated() {
      let (image, photo) = index.quotientAndRemainder(dividingBy: labels.count)
      cache[image * texts.rows + labels[photo]] += Self.alpha * exp(-Self.beta * (1 - cosine))
    }
    var logits = Matrix.product(features, .plain, texts, .transposed)
    logits.scale(by: Fusion.logitScale)
    logits.add(Matrix(rows: features.rows, columns: texts.rows, cache))
    return logits
  }
}
