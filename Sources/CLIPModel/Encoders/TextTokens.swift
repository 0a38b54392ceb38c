package import FloatMath

/// The representation tokens of a text tower: all that an adapter changes about texts' features.
public struct TextTokens: Sendable {
  let stack: BlockStack.Tokens

  /// The tokens that an adapter makes.
  public init(_ adapter: Adapter) { stack = adapter.stackTokens(.text) }

  /// Tokens that were made before, for example those that a model file keeps.
  ///
  /// - Parameters:
  ///   - byLayer: the projected tokens, `[K, Wt]`, of each representation layer, counted from 1.
  ///   - beta: the share of new tokens at later layers; 1 for MMRL.
  package init(byLayer: [Int: Matrix], beta: Float) {
    stack = BlockStack.Tokens(byLayer: byLayer, beta: beta)
  }
}
