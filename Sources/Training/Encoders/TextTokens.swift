public import ModelFile

import FloatMath

/// The representation tokens of a text tower: all that an adapter changes about texts' features.
public struct TextTokens: Sendable {
  let stack: BlockStack.Tokens

  /// The tokens that an adapter makes.
  public init(_ adapter: Adapter) {
    stack = adapter.stackTokens(.text)
  }

  /// The tokens that a model file keeps; nil for a model without an adapter.
  ///
  /// - Throws: what reading the file's tensors throws.
  public init?(_ model: ModelReader) throws(ModelFileError) {
    let manifest = model.manifest
    guard manifest.method != .clip else { return nil }
    var byLayer: [Int: Matrix] = [:]
    for layer in manifest.representationLayers {
      byLayer[layer] = Matrix(
        rows: manifest.geometry.tokenCount, columns: manifest.geometry.textWidth,
        try model.floats("text.tokens.\(layer)"))
    }
    stack = BlockStack.Tokens(
      byLayer: byLayer, beta: manifest.method == .mmrlPlusPlus ? manifest.beta : 1)
  }
}
