public import FloatMath

/// A term of trained labels' logits that is linear in an image's features: `weight · feature + bias`.
///
/// Legend: N images, C labels, D columns of a joined feature (`ImageFeatures.joined`): E, or 2 E with an adapter.
public struct Discriminant: Sendable {
  /// `[C, D]`.
  public private(set) var weight: Matrix
  /// `[C]`.
  public private(set) var bias: [Float]

  /// Puts a discriminant together.
  ///
  /// - Precondition: a bias for each row of the weight.
  public init(weight: Matrix, bias: [Float]) {
    precondition(weight.rows == bias.count, "a bias for each label")
    self.weight = weight
    self.bias = bias
  }

  /// The logits `[N, C]` of joined features `[N, D]`.
  public func logits(_ features: Matrix) -> Matrix {
    var logits = Matrix.product(features, .plain, weight, .transposed)
    let count = bias.count
    logits.withMutableSpan { logits in
      for index in 0..<logits.count { logits[index] += bias[index % count] }
    }
    return logits
  }

  /// The same with every logit times `factor`.
  public func scaled(by factor: Float) -> Discriminant {
    var scaled = self
    scaled.weight.scale(by: factor)
    scaled.bias = bias.map { $0 * factor }
    return scaled
  }

  /// The same of features with more columns, which say nothing.
  public func padded(to columns: Int) -> Discriminant {
    var rows: [Float] = []
    let (own, elements) = (weight.columns, weight.elements)
    for label in bias.indices {
      rows += elements[label * own..<(label + 1) * own]
      rows += [Float](repeating: 0, count: columns - own)
    }
    return Discriminant(weight: Matrix(rows: bias.count, columns: columns, rows), bias: bias)
  }

  /// A share of another discriminant's logits and the rest of this one's.
  public func mixed(with other: Discriminant, share: Float) -> Discriminant {
    var mixed = scaled(by: 1 - share)
    mixed.weight.add(other.weight, scale: share)
    mixed.bias = zip(mixed.bias, other.bias).map { $0 + share * $1 }
    return mixed
  }

  /// The same plus text logits, which are linear in the features as well.
  ///
  /// - Parameters:
  ///   - texts: the labels' unit text features, `[C, E]`.
  ///   - factor: by what to multiply their logits in the fusion.
  ///   - alpha: weight of the class logits in the fusion.
  /// - Returns: the discriminant with the text logits in its weights.
  public func adding(texts: Matrix, times factor: Float, alpha: Float) -> Discriminant {
    var sum = self
    let (rows, columns, part) = (weight.rows, weight.columns, texts.columns)
    precondition(texts.rows == rows && (columns == part || columns == 2 * part))
    let fusion = Fusion(alpha: alpha)
    let shares = columns == part ? [1] : [fusion.classWeight, fusion.representationWeight]
    let elements = texts.elements
    sum.weight.withMutableSpan { weight in
      for label in 0..<rows {
        for (index, share) in shares.enumerated() {
          for column in 0..<part {
            weight[label * columns + index * part + column] +=
              Fusion.logitScale * factor * share * elements[label * part + column]
          }
        }
      }
    }
    return sum
  }
}
