public import FloatMath

/// Scores image features against labels in float, as FORMAT.md defines it.
///
/// Legend: N images, C labels, E joint size.
public struct LabelScorer: Sendable {
  /// Text features of the prompts, `[C, E]`, unit length.
  public var texts: Matrix
  /// Weight of the class logits in the fusion.
  public var alpha: Float
  /// Another term of the fusion.
  public var discriminant: Discriminant?

  /// Puts a scorer together.
  public init(texts: Matrix, alpha: Float, discriminant: Discriminant? = nil) {
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
  public func logits(_ features: ImageFeatures, head: Head) -> Matrix {
    var mixed = features.classFeatures
    if head == .fusion, let representation = features.representation {
      mixed = Fusion(alpha: alpha).mixed(mixed, representation)
    }
    var logits = Matrix.product(mixed, .plain, texts, .transposed)
    logits.scale(by: Fusion.logitScale)
    if head == .fusion, let discriminant {
      logits.add(discriminant.logits(features.joined))
    }
    return logits
  }
}
