/// What is done to a text before it is split into words: each checkpoint's own tokenizer has its way, which its text tower has
/// learnt from.
public enum TextCleaning: String, Sendable, CaseIterable {
  /// OpenAI's tokenizer, which open_clip has taken over: ``TextRepair`` (what `ftfy.fix_text` does, save for texts in a wrong
  /// encoding), character references of HTML decoded twice, lower case.
  case openAI
  /// The same, the case of letters kept: open_clip's `whitespace`.
  case openAICased
  /// The same, in lower case and without ASCII's punctuation: open_clip's `canonicalize`.
  case openAICanonical
  /// Hugging Face's fast tokenizer: composed (NFC), lower case.
  case huggingFace

  /// The text as it is to be split; white space is left, since it only separates.
  func clean(_ text: String) -> [Unicode.Scalar] {
    switch self {
    case .openAI: PythonCase.lower(Self.repaired(text))
    case .openAICased: Self.repaired(text)
    case .openAICanonical:
      PythonCase.lower(
        Self.repaired(text).compactMap { scalar in
          if scalar == "_" { return " " }
          return Self.isPunctuation(scalar) ? nil : scalar
        })
    case .huggingFace:
      // Scalar by scalar: a final sigma stays what it is.
      Normalization.composed(Array(text.unicodeScalars)).flatMap {
        Array($0.properties.lowercaseMapping.unicodeScalars)
      }
    }
  }

  private static func repaired(_ text: String) -> [Unicode.Scalar] {
    HTMLEntities.decode(HTMLEntities.decode(TextRepair.repair(Array(text.unicodeScalars))))
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
    default: false
    }
  }
}

/// Lower case as Python's `str.lower` makes it.
enum PythonCase {
  static func lower(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for (index, scalar) in text.enumerated() {
      if scalar == "Σ" {
        result.append(isFinal(index, in: text) ? "ς" : "σ")
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }

  /// Unicode's condition `Final_Sigma`: letters before, none behind.
  private static func isFinal(_ index: Int, in text: [Unicode.Scalar]) -> Bool {
    func isCased(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
      scalars.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
    }
    return isCased(text[..<index].reversed()) && !isCased(text[(index + 1)...])
  }
}
