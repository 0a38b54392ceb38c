public import FloatMath

/// Scores image features against labels, as the model file's reader does.
///
/// Legend: N images, C labels, E joint size.
public struct FewShotScorer: Sendable {
  /// Text features of the prompts, `[C, E]`, unit length.
  public var texts: Matrix
  /// Weight of the class logits in the fusion.
  public var alpha: Float
  /// Another term of the fusion, of the class feature and the representation feature after it.
  public var discriminant: ShrinkageDiscriminant?

  /// Puts a scorer together.
  public init(texts: Matrix, alpha: Float, discriminant: ShrinkageDiscriminant? = nil) {
    self.texts = texts
    self.alpha = alpha
    self.discriminant = discriminant
  }

  /// Which features score.
  public enum Head: String, Sendable, Codable {
    /// The class feature alone: for labels that were not trained on.
    case classOnly = "class"
    /// Both features (class alone without an adapter) and the discriminant: for labels that were trained on.
    case fusion
  }

  /// Logits `[N, C]` of unit features.
  public func logits(_ features: FloatCLIP.ImageFeatures, head: Head) -> Matrix {
    var mixed = features.classFeatures
    if head == .fusion, let representation = features.representation {
      mixed.add(representation, scale: 1 - alpha, keeping: alpha)
    }
    var logits = Matrix.product(mixed, .plain, texts, .transposed)
    logits.scale(by: TrainingObjective.logitScale)
    if head == .fusion, let discriminant {
      logits.add(discriminant.logits(features.joined))
    }
    return logits
  }
}

extension FloatCLIP.ImageFeatures {
  /// `[N, E or 2 E]`: class feature, then representation feature.
  public var joined: Matrix {
    guard let representation else { return classFeatures }
    var elements: [Float] = []
    elements.reserveCapacity(2 * representation.count)
    let (a, b) = (classFeatures.elements, representation.elements)
    let columns = classFeatures.columns
    for row in 0..<classFeatures.rows {
      elements += a[row * columns..<(row + 1) * columns]
      elements += b[row * columns..<(row + 1) * columns]
    }
    return Matrix(rows: classFeatures.rows, columns: 2 * columns, elements)
  }

  /// The features of one set of images and those of another after them.
  public func appending(_ other: FloatCLIP.ImageFeatures) -> FloatCLIP.ImageFeatures {
    var joined = self
    joined.classFeatures = Matrix.stacked([classFeatures, other.classFeatures])
    if let own = representation, let others = other.representation {
      joined.representation = Matrix.stacked([own, others])
    }
    return joined
  }
}
