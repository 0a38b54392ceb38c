public import CLIPModel
import Calibration
public import FloatMath

/// Linear discriminant analysis (LDA) of few photos with a regularised covariance.
///
/// LDA takes the labels' features for Gaussians of one covariance, whose logits are linear in the feature. With fewer photos
/// than columns the covariance of the photos has no inverse; regularised LDA (Friedman, Regularized Discriminant Analysis,
/// JASA 84, 1989) moves it towards a target. Here the target is what is known without any label. It is called "the
/// discriminant" for short.
///
/// Legend: N photos, C labels, D columns of a feature, E columns of a part of it. The covariance is
///
///     (scatter of the photos about their labels' means + E t T) / (N - C + E)
///
/// T is the covariance of features without structure and t the variance of all photos about their common mean. It is the
/// usual estimate (divisor N - C) after E more photos had been found to vary like T: with one photo a label it is t T alone,
/// with many it is what they show. Where there are texts, the target counts fewer photos, and the discriminant's means are
/// moved towards the texts: `DiscriminantPrior`.
public struct RegularizedLDA: Sendable {
  /// The labels' logits, linear in the features.
  public let discriminant: Discriminant
  /// The labels' means, `[C, D]`.
  public let means: Matrix
  /// The variance t.
  public let variance: Double
  /// N - C + E.
  private let freedom: Double
  /// Of the covariance.
  private let factor: Cholesky

  /// What the covariance is regularised towards, T: that of features without any structure.
  ///
  /// A feature is a row of the tower times its projection P, so rows of white noise have features of covariance PᵀP. It is
  /// the same for each part of a joined feature, and parts are unrelated.
  public struct Target: Sendable {
    /// `[E, E]`.
    let part: Matrix

    /// The target of a projection `[W, E]`.
    public init(projection: Matrix) {
      part = Matrix.product(projection, .transposed, projection)
    }
  }

  /// Fits the labels' means and their common covariance.
  ///
  /// - Parameters:
  ///   - features: `[views N, D]`.
  ///   - labels: `[views N]`, each in `0..<labelCount`, each label at least once.
  ///   - labelCount: C.
  ///   - views: features of each photo; they count as one photo.
  ///   - target: T; nil is the identity, with E = D.
  ///   - texts: the labels' unit text features, `[C, E]`; nil to leave means where the photos have them.
  public init(
    features: Matrix, labels: [Int], labelCount: Int, views: Int = 1, target: Target? = nil,
    texts: Matrix? = nil
  ) {
    precondition(features.rows == labels.count && features.rows % views == 0)
    var counts = [Double](repeating: 0, count: labelCount)
    for label in labels { counts[label] += 1 / Double(views) }
    precondition(counts.allSatisfy { $0 > 0 }, "a label without features has no mean")
    let columns = features.columns
    var means = Matrix(rows: labelCount, columns: columns)
    means.add(features, toRows: labels)
    means.withMutableSpan { means in
      for index in 0..<means.count {
        means[index] /= Float(counts[index / columns] * Double(views))
      }
    }
    var centred = features
    centred.add(means.gathering(rows: labels), scale: -1)
    var scatter = Matrix.product(centred, .transposed, centred).elements.map(Double.init)
    for index in scatter.indices { scatter[index] /= Double(views) }
    let photos = Double(features.rows / views)
    let shown = photos - Double(labelCount)
    var part = target?.part ?? .identity(texts?.columns ?? columns)
    var prior = Double(part.rows)
    if texts != nil {
      part = part.roundedOut(by: DiscriminantPrior.identityShare)
      prior *= DiscriminantPrior.photosOfTarget
    }
    freedom = shown + prior
    let freedom = freedom
    // The floor keeps the covariance invertible where all photos are alike.
    variance = max(
      RegularizedLDA.variance(features) * photos / max(1, photos - 1), 1e-9)
    let covariance = RegularizedLDA.adding(part, times: prior * variance, to: scatter)
      .map { $0 / freedom }
    factor = Cholesky(covariance, size: columns)
    self.means = means
    let flat =
      texts.map { RegularizedLDA.moved(means, counts, towards: $0, part) }
      ?? means.elements.map(Double.init)
    let solved = factor.solve(flat)
    // The mean of n photos is off by 1 / n of a photo's own deviation: that makes it look farther from everything, on average
    // by half of this, which labels with few photos would lose.
    let excess = RegularizedLDA.ownDistances(factor, scatter, centred, views: views) / max(1, shown)
    let bias = (0..<labelCount).map { label in
      let row = label * columns..<(label + 1) * columns
      let distance = zip(solved[row], flat[row]).reduce(0) { $0 + $1.0 * $1.1 }
      let spread =
        texts == nil ? 1 / counts[label] : DiscriminantPrior.spread(photos: counts[label])
      return Float(-0.5 * (distance - excess * spread))
    }
    discriminant = Discriminant(
      weight: Matrix(rows: labelCount, columns: columns, solved.map(Float.init)), bias: bias)
  }

  /// The rows, up to the diagonal, of the factor of the covariance times its degrees of freedom: with `means`, the numbers
  /// of photos and `variance` all that it takes to learn from more photos.
  public var factorOfScatter: [Float] { factor.rows.map { Float($0 * freedom.squareRoot()) } }

  /// Means `[C, D]` moved towards texts `[C, E]`, row by row.
  private static func moved(
    _ means: Matrix, _ counts: [Double], towards texts: Matrix, _ part: Matrix
  ) -> [Double] {
    let directions = Matrix.product(texts, .plain, part, .plain)
    func rows(_ matrix: Matrix) -> [[Double]] { matrix.separateRows.map { $0.map(Double.init) } }
    return DiscriminantPrior.means(rows(means), photos: counts, towards: rows(directions))
      .flatMap(\.self)
  }

  /// The squared Mahalanobis distances of features `[N, D]` to the mean of the nearest label, per column.
  public func nearestDistances(_ features: Matrix) -> [Double] {
    let columns = features.columns
    let points = factor.whitened(features.elements.map(Double.init))
    let centres = factor.whitened(means.elements.map(Double.init))
    return (0..<features.rows).map { row in
      (0..<means.rows).map { label in
        (0..<columns).reduce(0) { sum, column in
          let difference = points[row * columns + column] - centres[label * columns + column]
          return sum + difference * difference
        }
      }.min().map { $0 / Double(columns) } ?? 0
    }
  }

  /// The squared distances of all photos to their labels' means: the trace of scatter by inverse covariance, of rows or of
  /// columns, whichever are fewer.
  private static func ownDistances(
    _ factor: Cholesky, _ scatter: [Double], _ centred: Matrix, views: Int
  ) -> Double {
    guard centred.rows > 2 * factor.size else {
      let whitened = factor.whitened(centred.elements.map(Double.init))
      return whitened.reduce(0) { $0 + $1 * $1 } / Double(views)
    }
    let own = factor.solve(scatter)
    return (0..<factor.size).reduce(0) { $0 + own[$1 * factor.size + $1] }
  }

  /// The mean square of what features differ from their common mean by, over rows and columns.
  private static func variance(_ features: Matrix) -> Double {
    var mean = features.columnSums
    mean.scale(by: 1 / Float(features.rows))
    var centred = features
    centred.add(mean.gathering(rows: [Int](repeating: 0, count: features.rows)), scale: -1)
    return centred.elements.reduce(0) { $0 + Double($1) * Double($1) } / Double(features.count)
  }

  /// A matrix `[D, D]` plus one with copies of `part` on the diagonal, whose own diagonal has the mean `scale`.
  private static func adding(_ part: Matrix, times scale: Double, to matrix: [Double]) -> [Double] {
    let size = part.rows
    let columns = Int(Double(matrix.count).squareRoot())
    precondition(columns % size == 0, "a target for each part of a feature")
    let elements = part.elements
    let trace = (0..<size).reduce(0) { $0 + Double(elements[$1 * size + $1]) }
    let factor = scale * Double(size) / trace
    var sum = matrix
    for start in stride(from: 0, to: columns, by: size) {
      for row in 0..<size {
        for column in 0..<size {
          sum[(start + row) * columns + start + column] +=
            factor * Double(elements[row * size + column])
        }
      }
    }
    return sum
  }
}

extension Matrix {
  /// Ones on the diagonal.
  fileprivate static func identity(_ size: Int) -> Matrix {
    Matrix(
      rows: size, columns: size, (0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 })
  }

  /// A share of the identity, at this matrix' mean diagonal, and the rest of this matrix.
  fileprivate func roundedOut(by share: Double) -> Matrix {
    let trace = (0..<rows).reduce(0) { $0 + Double(self[$1, $1]) }
    var mixed = self
    mixed.scale(by: Float(1 - share))
    mixed.add(.identity(rows), scale: Float(share * trace / Double(rows)))
    return mixed
  }
}
