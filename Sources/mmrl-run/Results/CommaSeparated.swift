/// Comma-separated values (RFC 4180, but with plain line feeds), one row a label; a failure is one row.
struct CommaSeparated: RecordFormat {
  /// Names of the columns that say where a picture is from.
  let origin: [String]

  var header: String {
    (origin + ["label", "set", "head", "score", "logit", "ms", "error"]).joined(separator: ",")
      + "\n"
  }

  func line(for record: Record) -> String {
    let start = record.origin.map { Self.cell($0.value) }
    switch record.outcome {
    case .labels(let classification):
      let milliseconds = Decimal.fixed(classification.milliseconds, 2)
      return classification.groups.joined().map { scored in
        let cells = [
          Self.quoted(scored.label), scored.set, scored.head, "\(scored.score)",
          "\(scored.logit)", milliseconds, "",
        ]
        return (start + cells).joined(separator: ",") + "\n"
      }.joined()
    case .failure(let reason):
      return (start + ["", "", "", "", "", "", Self.quoted(reason)]).joined(separator: ",") + "\n"
    }
  }

  private static func cell(_ value: Record.Value) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .integer(let integer): "\(integer)"
    case .number(let number, let decimals): Decimal.fixed(number, decimals)
    case .counts(let counts): counts.map { "\($0.name)=\($0.count)" }.joined(separator: " ")
    }
  }

  /// Quoted only when it must be.
  static func quoted(_ text: String) -> String {
    let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
    guard text.unicodeScalars.contains(where: special.contains) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
