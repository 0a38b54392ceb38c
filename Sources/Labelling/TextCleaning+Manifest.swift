package import ModelFile
package import Tokenization

extension TextCleaning {
  /// What a model file says of cleaning.
  package init(_ stored: Manifest.Tokenizer.Cleaning) {
    switch stored {
    case .openAI: self = .openAI
    case .openAICased: self = .openAICased
    case .openAICanonical: self = .openAICanonical
    case .huggingFace: self = .huggingFace
    }
  }
}
