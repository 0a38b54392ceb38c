import FloatMath
public import ModelFile

/// Labels put into a prompt and through the text tower.
public struct LabelPrompts: Sendable {
  /// The label's place in a template.
  public static let placeholder = "{}"
  /// CLIP's own prompt.
  public static let defaultTemplate = "a photo of a {}."

  /// The labels with their features.
  public let labels: ModelExport.Labels
  /// Labels whose prompts are longer than the text tower's context, which lost their ends.
  public let cut: [String]

  /// Encodes labels.
  ///
  /// - Parameters:
  ///   - set: kind, template and names; an underscore in a name is read as a space.
  ///   - clip: the text tower.
  ///   - tokens: those of the model's adapter; nil for plain CLIP.
  ///   - tokenizer: the checkpoint's.
  /// - Throws: when the token embedding cannot be read.
  public init(
    _ set: Manifest.LabelSet, clip: FloatCLIP, tokens: TextTokens?, tokenizer: Tokenizer
  ) throws {
    var cut: [String] = []
    let ids = set.labels.map { label in
      let prompt = set.template.replacing(Self.placeholder, with: words(ofLabel: label))
      let encoding = tokenizer.encode(prompt, contextLength: clip.geometry.contextLength)
      if encoding.isCut { cut.append(label) }
      return encoding.ids
    }
    let features = try clip.encodeTexts(ids, tokens: tokens)
    labels = ModelExport.Labels(set, features: UnitRows(features).rows)
    self.cut = cut
  }
}
