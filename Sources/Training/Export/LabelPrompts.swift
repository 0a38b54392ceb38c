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
    let prompts = tokenizer.prompts(
      of: set.labels, set.template, contextLength: clip.geometry.contextLength)
    let features = try clip.encodeTexts(prompts.map(\.ids), tokens: tokens)
    labels = ModelExport.Labels(set, features: UnitRows(features).rows)
    cut = zip(set.labels, prompts).filter(\.1.isCut).map(\.0)
  }
}

extension Tokenizer {
  /// Labels put into a prompt; an underscore in a label is read as a space.
  func prompts(of labels: [String], _ template: String, contextLength: Int) -> [Encoding] {
    labels.map { label in
      encode(
        template.replacing(LabelPrompts.placeholder, with: words(ofLabel: label)),
        contextLength: contextLength)
    }
  }
}
