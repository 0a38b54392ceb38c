public import FloatMath
public import ModelFile

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

  /// What scores a model's labels of a kind, as FORMAT.md defines it.
  ///
  /// - Throws: when the model's tensors cannot be read.
  public init(_ model: ModelReader, _ kind: Manifest.LabelSet.Kind) throws(ModelFileError) {
    let manifest = model.manifest
    let labels = manifest.labelSet(kind)?.labels.count ?? 0
    let embedDim = manifest.geometry.embedDim
    let prefix = "labels.\(kind.rawValue)."
    self.init(
      texts: Matrix(
        rows: labels, columns: embedDim, try model.floats(prefix + "features")),
      alpha: manifest.alpha)
    if model.entry(prefix + "discriminant.weight") != nil {
      discriminant = ShrinkageDiscriminant(
        weight: Matrix(
          rows: labels, columns: manifest.method == .clip ? embedDim : 2 * embedDim,
          try model.floats(prefix + "discriminant.weight")),
        bias: try model.floats(prefix + "discriminant.bias"))
    }
  }

  /// Which features score.
  public enum Head: String, Sendable, Codable {
    /// The class feature alone: for labels that were not trained on.
    case classOnly = "class"
    /// Both features (class alone without an adapter) and the discriminant: for labels that were trained on.
    case fusion

    /// The head that scores labels of a kind.
    public init(_ kind: Manifest.LabelSet.Kind) { self = kind == .known ? .fusion : .classOnly }
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

  /// The features of some images, then those of others.
  ///
  /// - Precondition: there are parts; all have a representation feature, or none has.
  public static func stacked(_ parts: [Self]) -> Self {
    Self(
      classFeatures: Matrix.stacked(parts.map(\.classFeatures)),
      representation: parts[0].representation == nil
        ? nil : Matrix.stacked(parts.compactMap(\.representation)))
  }
}
