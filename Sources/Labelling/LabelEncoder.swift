package import Inference
package import ModelFile
package import Tokenization

/// Names of labels in, their features out, by the text tower that a model carries.
package struct LabelEncoder {
  private let texts: TextEngine
  private let tokenizer: Tokenizer

  /// Loads tokenizer and text tower.
  ///
  /// - Parameters:
  ///   - model: stays open.
  ///   - instructionSet: nil for the preferred one.
  ///   - threads: nil for as many as this process may use.
  /// - Throws: ``InferenceError/noTextTower``, or what is wrong with the model.
  package init(
    _ model: ModelReader, instructionSet: InstructionSet? = nil, threads: Int? = nil
  ) throws {
    texts = try TextEngine(model, instructionSet: instructionSet, threads: threads)
    tokenizer = try Tokenizer(of: model, texts.tower)
  }

  /// Encodes labels: the feature of a label is that of its prompt, or the mean of those of its prompts.
  ///
  /// - Parameters:
  ///   - labels: names; an underscore is read as a space.
  ///   - templates: prompts in which `{}` stands for the label, at least one; without it a template is
  ///     the prompt itself.
  /// - Returns: the labels with their features, and which of them are too long.
  /// - Throws: ``LabelError``, or what reading the token embedding throws.
  package func encode(_ labels: [String], templates: [String]) throws -> EncodedLabels {
    precondition(!templates.isEmpty, "a label needs a prompt")
    guard !templates.contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      throw LabelError.blankPrompt
    }
    if labels.count > 1,
      let whole = templates.first(where: { !$0.contains(PromptTemplate.placeholder) })
    {
      throw LabelError.sharedPrompt(whole)
    }
    let encodings = labels.flatMap { label in
      templates.map { template in
        tokenizer.encode(
          PromptTemplate.prompt(template, of: label), contextLength: texts.tower.contextLength)
      }
    }
    let features = try texts.features(of: encodings.map(\.ids))
    let count = templates.count
    return EncodedLabels(
      labels: labels, template: templates[0],
      features: labels.indices.map { Self.mean(features[$0 * count..<($0 + 1) * count]) },
      truncated: labels.indices.filter { label in
        encodings[label * count..<(label + 1) * count].contains { $0.isTruncated }
      }.map { labels[$0] },
      contextLength: texts.tower.contextLength)
  }

  /// The mean of unit features, of unit length again; of one that one itself.
  private static func mean(_ features: ArraySlice<[Float]>) -> [Float] {
    guard let first = features.first, features.count > 1 else { return features.first ?? [] }
    var sum = [Float](repeating: 0, count: first.count)
    for feature in features {
      for index in sum.indices { sum[index] += feature[index] }
    }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // Features that cancel out have no direction.
    guard length > 1e-6 else { return first }
    return sum.map { $0 / length }
  }
}

/// Labels with their features.
package struct EncodedLabels: Sendable {
  /// Names.
  package var labels: [String]
  /// The prompt, or the first of several.
  package var template: String
  /// Of unit length, `[E]` a label.
  package var features: [[Float]]
  /// Labels with a prompt that is longer than the text tower's context and lost its end.
  package var truncated: [String]
  /// Tokens of a prompt at most.
  package var contextLength: Int

  /// Puts labels together that were encoded elsewhere.
  package init(
    labels: [String], template: String, features: [[Float]], truncated: [String] = [],
    contextLength: Int
  ) {
    self.labels = labels
    self.template = template
    self.features = features
    self.truncated = truncated
    self.contextLength = contextLength
  }

  /// A line for each label that lost its end.
  package var warnings: [String] {
    truncated.map {
      "the prompt of \"\($0)\" is longer than the text tower's \(contextLength) tokens: its end is "
        + "left out"
    }
  }
}

extension Tokenizer {
  /// The tokenizer that a model carries.
  ///
  /// - Throws: ``LabelError/vocabulary(_:)``, or what reading its tensors throws.
  package init(of model: ModelReader, _ tower: Manifest.TextTower) throws {
    let table = VocabularyTable(
      size: tower.vocabularySize, start: tower.tokenizer.start, end: tower.tokenizer.end,
      bytes: try model.int32s("text.vocabulary.bytes"),
      merges: try model.int32s("text.vocabulary.merges"))
    let vocabulary: Vocabulary
    do throws(VocabularyError) {
      vocabulary = try Vocabulary(table)
    } catch {
      throw LabelError.vocabulary(error.what)
    }
    self.init(
      vocabulary, cleaning: tower.tokenizer.cleaning.map { TextCleaning($0) } ?? .openAI)
  }
}
