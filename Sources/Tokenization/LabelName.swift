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

/// Names that stand for something else than a label.
package enum ReservedName {
  /// What is answered where no label fits.
  package static let unknown = "unknown"
  /// The folder of photos that show no label, unless another one is named.
  package static let none = "none"
}

/// Why a name cannot be that of a label.
package enum LabelNameFault: Error, Equatable, Sendable, CustomStringConvertible {
  case blank
  case severalLines
  case controlCharacter
  /// Another meaning that the name has.
  case reserved(String)

  /// The fault of a label's name; nil where there is none.
  package init?(_ name: String) {
    let scalars = name.unicodeScalars
    if scalars.allSatisfy({ $0.properties.isWhitespace || $0.properties.generalCategory == .format }
    ) {
      self = .blank
    } else if name.contains(where: \.isNewline) {
      self = .severalLines
    } else if scalars.contains(where: { $0.properties.generalCategory == .control || $0.turnsText })
    {
      self = .controlCharacter
    } else if nameInPrompt(name) == ReservedName.unknown {
      self = .reserved("what is answered where no label fits")
    } else {
      return nil
    }
  }

  /// The fault of a name of which there are no photos; nil where there is none.
  package init?(named name: String) {
    if let fault = LabelNameFault(name) {
      self = fault
    } else if nameInPrompt(name) == ReservedName.none {
      self = .reserved("the folder of photos that show no label")
    } else {
      return nil
    }
  }

  /// What follows the name in a message.
  package var description: String {
    switch self {
    case .blank: "a label without a name"
    case .severalLines: "a label is one line"
    case .controlCharacter: "has a character that cannot be printed"
    case .reserved(let meaning): "is \(meaning): choose another name"
    }
  }
}

extension Unicode.Scalar {
  /// Whether it changes the direction of the text around it, beyond itself.
  fileprivate var turnsText: Bool {
    (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
  }
}
