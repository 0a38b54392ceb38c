public import FloatMath
public import Tokenization

/// Labels put into a prompt, as token ids for the text tower.
public struct LabelPrompts: Sendable {
  /// The label's place in a template.
  public static let placeholder = PromptTemplate.placeholder
  /// CLIP's own prompt.
  public static let defaultTemplate = PromptTemplate.standard

  /// The labels as they were given.
  public let labels: [String]
  /// The prompt, in which `{}` stands for the label.
  public let template: String
  /// The ids of each label's prompt, in a row of the context's length.
  public let ids: [[Int32]]
  /// Labels whose prompts are longer than the text tower's context, and lost their ends.
  public let truncated: [String]

  /// Tokenizes labels.
  ///
  /// - Parameters:
  ///   - labels: an underscore in a label is read as a space.
  ///   - template: the prompt.
  ///   - tokenizer: the checkpoint's.
  ///   - contextLength: of the checkpoint's text tower.
  public init(
    _ labels: [String], template: String, tokenizer: Tokenizer, contextLength: Int
  ) {
    self.labels = labels
    self.template = template
    let encodings = labels.map { label in
      tokenizer.encode(
        PromptTemplate.prompt(template, of: label), contextLength: contextLength)
    }
    ids = encodings.map(\.ids)
    truncated = zip(labels, encodings).filter(\.1.isTruncated).map(\.0)
  }
}

/// Labels with the features of their prompts.
public struct LabelFeatures: Sendable {
  /// The labels, their template, and which of them were truncated.
  public let prompts: LabelPrompts
  /// `[C, E]`, rows of unit length.
  public let features: Matrix

  /// Encodes prompts.
  ///
  /// - Parameters:
  ///   - prompts: the labels in their prompt.
  ///   - texts: the text tower.
  ///   - tokens: those of the model's adapter; nil for plain CLIP.
  /// - Throws: when the token embedding cannot be read.
  public init(_ prompts: LabelPrompts, texts: TextEncoder, tokens: TextTokens?) throws {
    self.prompts = prompts
    features = UnitRows(try texts.encode(prompts.ids, tokens: tokens)).rows
  }

  /// Prompts whose features are there already, `[C, E]`, rows of unit length.
  package init(_ prompts: LabelPrompts, features: Matrix) {
    precondition(features.rows == prompts.labels.count, "a row a label")
    self.prompts = prompts
    self.features = features
  }
}
