public import FloatMath

/// How a checkpoint is to be read where its files say nothing, or something else.
public struct CLIPReading: Sendable, Equatable {
  /// Whether weights of products are rounded to half precision, as the published MMRL code's loader rounds them.
  public var roundsToHalf = false
  /// What the names of the CLIP's tensors begin with, in a file that holds several.
  public var prefix: String?
  /// The activation of the image tower, then of the text tower.
  public var activations: [Activation]?
  /// The attention heads of the image tower, then of the text tower if they are given, too.
  public var heads: [Int]?

  /// Reads as the files say.
  public init() {}
}
