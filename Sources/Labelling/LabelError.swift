internal import ModelFile
package import Tokenization

/// What cannot be done with labels.
package enum LabelError: Error, Equatable, CustomStringConvertible {
  /// Two labels that the text tower could not tell apart.
  case samePrompt(String, String)
  /// A label that the model has, under this name or one with the same prompt.
  case taken(String, by: String)
  /// The model does not have the label; it may have one that is written a little otherwise.
  case unknown(String, similar: String?)
  /// A name that no label can have.
  case unusable(String, LabelNameFault)
  /// A prompt without words.
  case blankPrompt
  /// A prompt without a place for the label, for several labels.
  case sharedPrompt(String)
  /// The vocabulary in the model contradicts itself.
  case vocabulary(String)

  /// One line for a person.
  package var description: String {
    switch self {
    case .samePrompt(let one, let other):
      "\"\(one)\" and \"\(other)\" have the same prompt, and would always score alike: leave one "
        + "out"
    case .taken(let label, let by) where label == by:
      "the model has the label \"\(label)\" already"
    case .taken(let label, let by):
      "\"\(label)\" has the same prompt as the model's label \"\(by)\", and they would always score "
        + "alike: rename or remove that one"
    case .unknown(let label, let similar):
      "the model has no label \"\(label)\"" + (similar.map { "; it has \"\($0)\"" } ?? "")
    case .unusable(let label, let fault):
      "\(label.debugDescription): \(fault)"
    case .blankPrompt:
      "a prompt without words"
    case .sharedPrompt(let template):
      "the prompt \"\(template)\" has no {} for the name, so that several labels would have the same"
    case .vocabulary(let what):
      "model whose vocabulary \(what)"
    }
  }
}
