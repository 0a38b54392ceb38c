internal import Basics
internal import FoundationEssentials
internal import ModelFile

/// One JSON object a line, the format for programs.
package struct JSONFormat: RecordFormat {
  /// The format has no settings.
  package init() {}

  /// Nothing.
  package var header: String { "" }

  /// The record's JSON and a line feed.
  package func text(of record: Record) -> String { record.json + "\n" }
}

extension Record {
  /// The record as a JSON object without line ends: the one definition, for files, pages and commands.
  package var json: String {
    var members: [String]
    switch origin {
    case .file(let path): members = ["\"path\": \(Self.quoted(path))"]
    case .bytes: members = []
    case .frame(let frame): members = frame.members
    }
    switch outcome {
    case .labels(let labels): members += labels.members
    case .failure(let reason): members.append("\"error\": \(Self.quoted(reason))")
    }
    return "{\(members.joined(separator: ", "))}"
  }

  /// A JSON string: RFC 8259, section 7.
  package static func quoted(_ text: String) -> String {
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

extension Record.Frame {
  fileprivate var members: [String] {
    var members = [
      "\"source\": \(Record.quoted(source))",
      "\"sequence\": \(sequence)",
      "\"time\": \(Record.quoted(captured.text))",
    ]
    if let position { members.append("\"position_s\": \(Decimal.fixed(position, 3))") }
    members += [
      "\"age_ms\": \(Decimal.fixed(ageMilliseconds, 1))",
      "\"dropped\": \(dropped)",
      "\"faults\": \(Self.object(faults))",
    ]
    if !oddities.isEmpty { members.append("\"odd\": \(Self.object(oddities))") }
    return members
  }

  private static func object(_ counts: [Record.FaultCount]) -> String {
    let members = counts.map { "\(Record.quoted($0.kind)): \($0.count)" }
    return "{\(members.joined(separator: ", "))}"
  }
}

extension Answer {
  /// Members of a JSON object that say it.
  package var members: [String] {
    switch self {
    case .label(let scored): ["\"answer\": \(scored.answer)"]
    case .unknown: ["\"answer\": null", "\"unknown\": true"]
    }
  }
}

extension Record.Labels {
  fileprivate var members: [String] {
    let objects = labels.map { $0.object(explained: knownProbability != nil) }
    var members = answer.members
    if let unknownScore {
      members.append("\"unknown_score\": \(ScoredLabel.number(unknownScore))")
    }
    if let knownProbability {
      members.append("\"known_probability\": \(ScoredLabel.number(knownProbability))")
    }
    members += [
      "\"labels\": [\(objects.joined(separator: ", "))]",
      "\"ms\": \(Decimal.fixed(milliseconds, 2))",
    ]
    if !warnings.isEmpty {
      members.append("\"warnings\": [\(warnings.map(Record.quoted).joined(separator: ", "))]")
    }
    return members
  }
}

extension ScoredLabel {
  fileprivate var answer: String {
    """
    {"label": \(Record.quoted(label)), "score": \(Self.number(score)), "set": "\(set.rawValue)", \
    "head": "\(head.rawValue)"}
    """
  }

  fileprivate func object(explained: Bool) -> String {
    var text = """
      {"label": \(Record.quoted(label)), "set": "\(set.rawValue)", "head": "\(head.rawValue)", \
      "score": \(Self.number(score)), "logit": \(Self.number(logit))
      """
    if explained {
      text += ", \"class_logit\": \(Self.number(classLogit))"
      if let representationLogit {
        text += ", \"representation_logit\": \(Self.number(representationLogit))"
      }
    }
    return text + "}"
  }

  /// The shortest text that reads back as the same float: equal lines mean equal bits.
  fileprivate static func number(_ value: Float) -> String {
    value.isFinite ? "\(value)" : "null"
  }
}

extension Encodable {
  /// As a JSON object in one line, for what is no record; its numbers are finite.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Nothing in it can fail to be encoded.
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
