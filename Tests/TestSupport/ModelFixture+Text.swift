import ModelFile

extension ModelFixture {
  /// The same model with a text tower of random weights, as wide as the manifest says.
  public func withText(
    layers: Int = 3, heads: Int = 2, contextLength: Int = 12,
    activation: Manifest.Activation = .quickGELU, residuals: Bool = false
  ) -> ModelFixture {
    var fixture = self
    fixture.hasTextResiduals = residuals
    fixture.manifest.text = Manifest.TextTower(
      layers: layers, heads: heads, mlpWidth: 4 * manifest.geometry.textWidth,
      contextLength: contextLength, vocabularySize: 516, activation: activation,
      tokenizer: Manifest.Tokenizer(start: 514, end: 515, merges: 2))
    return fixture
  }

  /// Bytes are their own tokens, those that end a word 256 further; the merges make "ca" and "cat".
  static func vocabulary(_ tensor: String) -> [Int32] {
    let merges: [Int32] = [99, 97, 512, 512, 372, 513]
    return tensor.hasSuffix(".bytes") ? [Int32](0..<512) : merges
  }
}
