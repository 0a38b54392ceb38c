public import FloatMath

/// What a CLIP computes where CLIPs of the same sizes differ.
public struct CLIPArithmetic: Sendable, Equatable {
  /// How the image tower's last rows become one.
  public enum Pooling: Sendable, Equatable {
    /// The class row, normalised.
    case classRow
    /// The mean of the patches' rows, each normalised.
    case normalizedPatches
    /// The mean of the patches' rows, normalised: CLIPA's.
    case patches
  }

  /// The activation of the image tower's MLPs.
  public var imageActivation: Activation
  /// The activation of the text tower's MLPs.
  public var textActivation: Activation
  /// What the image tower's LayerNorms add to the variance.
  public var imageEpsilon: Float = 1e-5
  /// What the text tower's LayerNorms add to the variance.
  public var textEpsilon: Float = 1e-5
  /// How the image tower's last rows become one.
  public var pooling = Pooling.classRow

  /// OpenAI's arithmetic with this activation in both towers.
  public init(_ activation: Activation) {
    imageActivation = activation
    textActivation = activation
  }
}
