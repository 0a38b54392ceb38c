public import FloatMath

/// Linear discriminant analysis with a shrunk covariance: labels as Gaussians of one covariance, fitted to a few features.
///
/// The training-free classifier of arXiv 2402.04087, with `(1 - s) S + s tr(S)/tr(T) T` in place of S. Legend: N photos, C
/// labels, D columns of a feature.
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
  ///   - target: T; nil is the identity.
  public init(
    features: Matrix, labels: [Int], labelCount: Int, shrinkage: Float, target: Target? = nil
  ) {
    self = Moments(features: features, labels: labels, labelCount: labelCount)
      .discriminant(shrinkage: shrinkage, target: target)
  }

  init(weight: Matrix, bias: [Float]) {
    self.weight = weight
    self.bias = bias
  }

  /// What a covariance is shrunk towards: that of features without any structure.
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

  /// The labels' means and their common covariance, from which discriminants of any shrinkage are made.
  public struct Moments: Sendable {
    private let means: Matrix
    private let covariance: [Double]

    /// Means and covariance of features `[N, D]`; each label occurs.
    public init(features: Matrix, labels: [Int], labelCount: Int) {
      precondition(features.rows == labels.count)
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
      covariance = scatter.elements.map { Double($0) / size }
      self.means = means
    }

    /// The discriminant of a shrinkage above 0 and at most 1.
    public func discriminant(shrinkage: Float, target: Target? = nil) -> ShrinkageDiscriminant {
      precondition(shrinkage > 0 && shrinkage <= 1)
      let columns = means.columns
      let trace = (0..<columns).reduce(0) { $0 + covariance[$1 * columns + $1] }
      let s = Double(shrinkage)
      // The floor keeps the covariance invertible where all photos of every label are alike.
      let floor = max(s * trace / Double(columns), 1e-9)
      var shrunk = covariance
      for index in shrunk.indices { shrunk[index] *= 1 - s }
      if let part = target?.part {
        let size = part.rows
        precondition(columns % size == 0, "a target for each part of a feature")
        let elements = part.elements
        let own = (0..<size).reduce(0) { $0 + Double(elements[$1 * size + $1]) }
        let scale = floor * Double(size) / own
        for start in stride(from: 0, to: columns, by: size) {
          for row in 0..<size {
            for column in 0..<size {
              shrunk[(start + row) * columns + start + column] +=
                scale * Double(elements[row * size + column])
            }
          }
        }
      } else {
        for column in 0..<columns { shrunk[column * columns + column] += floor }
      }
      let factor = Cholesky(shrunk, size: columns)
      let flat = means.elements.map(Double.init)
      let solved = factor.solve(flat)
      let bias = (0..<means.rows).map { label in
        let row = label * columns..<(label + 1) * columns
        return Float(-0.5 * zip(solved[row], flat[row]).reduce(0) { $0 + $1.0 * $1.1 })
      }
      return ShrinkageDiscriminant(
        weight: Matrix(rows: means.rows, columns: columns, solved.map(Float.init)), bias: bias)
    }
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

  /// With which the fusion, discriminant and text logits together, is `factor` times what it is now.
  ///
  /// Text logits are linear in the features as well, so what they lack joins the weights.
  ///
  /// - Parameters:
  ///   - factor: scales every logit of a known label.
  ///   - texts: the labels' unit text features, `[C, E]`.
  ///   - alpha: weight of the class logits in the fusion.
  /// - Returns: the discriminant with that in its weights.
  public func scalingFusion(by factor: Float, texts: Matrix, alpha: Float) -> ShrinkageDiscriminant
  {
    var result = scaled(by: factor)
    let lack = TrainingObjective.logitScale * (factor - 1)
    let (rows, columns, part) = (weight.rows, weight.columns, texts.columns)
    precondition(texts.rows == rows && (columns == part || columns == 2 * part))
    let shares: [Float] = columns == part ? [1] : [alpha, 1 - alpha]
    let elements = texts.elements
    result.weight.withMutableSpan { weight in
      for label in 0..<rows {
        for (index, share) in shares.enumerated() {
          for column in 0..<part {
            weight[label * columns + index * part + column] +=
              lack * share * elements[label * part + column]
          }
        }
      }
    }
    return result
  }
}
