import CLIPModel
import Quantization
import Tokenization

/// Names of what else an image may show: a label that fits no better than these do does not fit.
enum EverydayWords {
  /// Words for things that people have around them: models/everyday.txt, to which Words/ links.
  static let list = String(decoding: PackageResources.everyday_txt, as: UTF8.self)
    .split(separator: "\n").map(String.init)

  /// The words as a text tower encodes them.
  ///
  /// - Parameters:
  ///   - template: the labels' prompt.
  ///   - tokenizer: the checkpoint's.
  ///   - texts: the text tower.
  ///   - tokens: an adapter's; nil for the frozen CLIP.
  /// - Returns: the words with their unit features.
  /// - Throws: when the token embedding cannot be read.
  static func features(
    template: String, tokenizer: Tokenizer, texts: TextEncoder, tokens: TextTokens?
  ) throws -> LabelFeatures {
    let prompts = LabelPrompts(
      list, template: template, tokenizer: tokenizer, contextLength: texts.contextLength)
    return try LabelFeatures(prompts, texts: texts, tokens: tokens)
  }
}
