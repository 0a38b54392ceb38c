public import FloatMath

/// Linear discriminant analysis with a shrunk covariance: labels as Gaussians of one covariance, fitted to a few features.
///
/// The training-free classifier of arXiv 2402.04087, with `(1 - s) S + s tr(S)/D I` in place of S. Legend: N photos, C labels, D
/// columns of a feature.
public struct ShrinkageDiscriminant: Sendable {
  /// `[C, D]`.
  public private(set) var weight: Matrix
  /// `[C]`.
  public private(set) var bias: [Float]

  /// Fits the labels' means and their common covariance.
  ///
  /// - Parameters:
  ///   - features: `[N, D]`.
  ///   - labels: `[N]`, each in `0..<labelCount`, each label at least once.
  ///   - labelCount: C.
  ///   - shrinkage: s, above 0 and at most 1.
  public init(features: Matrix, labels: [Int], labelCount: Int, shrinkage: Float) {
    precondition(features.rows == labels.count && shrinkage > 0 && shrinkage <= 1)
    var means = Matrix(rows: labelCount, columns: features.columns)
    means.add(features, toRows: labels)
    var counts = [Float](repeating: 0, count: labelCount)
    for label in labels { counts[label] += 1 }
    precondition(counts.allSatisfy { $0 > 0 }, "a label without features has no mean")
    let columns = features.columns
    means.withMutableSpan { means in
      for label in 0..<labelCount {
        for column in 0..<columns { means[label * columns + column] /= counts[label] }
      }
    }
    var centred = features
    centred.add(means.gathering(rows: labels), scale: -1)
    let scatter = Matrix.product(centred, .transposed, centred)
    let size = Double(features.rows)
    var covariance = scatter.elements.map { Double($0) / size }
    let trace = (0..<columns).reduce(0) { $0 + covariance[$1 * columns + $1] }
    let s = Double(shrinkage)
    for index in covariance.indices { covariance[index] *= 1 - s }
    // The floor keeps the covariance invertible where all photos of every label are alike.
    let diagonal = max(s * trace / Double(columns), 1e-9)
    for column in 0..<columns { covariance[column * columns + column] += diagonal }

    let factor = Cholesky(covariance, size: columns)
    var rows: [Float] = []
    bias = []
    for label in 0..<labelCount {
      let mean = means[rows: label..<label + 1].elements.map(Double.init)
      let solved = factor.solve(mean)
      rows += solved.map(Float.init)
      bias.append(Float(-0.5 * zip(solved, mean).reduce(0) { $0 + $1.0 * $1.1 }))
    }
    weight = Matrix(rows: labelCount, columns: columns, rows)
  }

  /// The logits `[N, C]` of features `[N, D]`.
  public func logits(_ features: Matrix) -> Matrix {
    var logits = Matrix.product(features, .plain, weight, .transposed)
    let count = bias.count
    logits.withMutableSpan { logits in
      for index in 0..<logits.count { logits[index] += bias[index % count] }
    }
    return logits
  }

  /// The same with every logit times `factor`.
  public func scaled(by factor: Float) -> ShrinkageDiscriminant {
    var scaled = self
    scaled.weight.scale(by: factor)
    scaled.bias = bias.map { $0 * factor }
    return scaled
  }
}
