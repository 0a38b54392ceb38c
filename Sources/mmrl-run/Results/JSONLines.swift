/// One JSON object a line, the format for programs.
struct JSONLines: RecordFormat {
  var header: String { "" }

  func line(for record: Record) -> String {
    var members = record.origin.map { field in
      "\(Self.quoted(field.name)): \(Self.value(field.value))"
    }
    switch record.outcome {
    case .labels(let classification):
      let labels = classification.groups.joined().map(Self.object(for:)).joined(separator: ", ")
      members.append("\"labels\": [\(labels)]")
      members.append("\"ms\": \(Decimal.fixed(classification.milliseconds, 2))")
      if !classification.warnings.isEmpty {
        let warnings = classification.warnings.map(Self.quoted).joined(separator: ", ")
        members.append("\"warnings\": [\(warnings)]")
      }
    case .failure(let reason):
      members.append("\"error\": \(Self.quoted(reason))")
    }
    return "{\(members.joined(separator: ", "))}\n"
  }

  private static func object(for scored: ScoredLabel) -> String {
    """
    {"label": \(quoted(scored.label)), "set": \(quoted(scored.set)), \
    "head": \(quoted(scored.head)), "score": \(number(scored.score)), \
    "logit": \(number(scored.logit))}
    """
  }

  private static func value(_ value: Record.Value) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .integer(let integer): "\(integer)"
    case .number(let number, let decimals): Decimal.fixed(number, decimals)
    case .counts(let counts):
      "{" + counts.map { "\(quoted($0.name)): \($0.count)" }.joined(separator: ", ") + "}"
    }
  }

  /// The shortest text that reads back as the same float: equal lines mean equal bits.
  private static func number(_ value: Float) -> String {
    value.isFinite ? "\(value)" : "null"
  }

  /// A JSON string: RFC 8259, section 7.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}":
        let hexadecimal = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
