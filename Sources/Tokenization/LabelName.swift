/// Words for the text tower out of a label's name: '_' becomes a space.
package func words(ofLabel name: String) -> String {
  String(name.map { $0 == "_" ? " " : $0 })
}

/// What tells labels apart: a prompt does not show whether a space was written '_', how often, or
/// the case of letters.
package func nameInPrompt(_ label: String) -> String {
  words(ofLabel: label).lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// Prompts: texts in which a label is put.
package enum PromptTemplate {
  /// The label's place in a template.
  package static let placeholder = "{}"
  /// CLIP's own.
  package static let standard = "a photo of a {}."

  /// The prompt of a label; a template without a place for it is the prompt itself.
  package static func prompt(_ template: String, of label: String) -> String {
    template.replacing(placeholder, with: words(ofLabel: label))
  }
}
