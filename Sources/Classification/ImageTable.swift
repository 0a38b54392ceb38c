internal import Basics

/// For people: one row an image, the answer and the next best labels.
package struct ImageTable: RecordFormat {
  private let pathWidth: Int
  private let labelWidth: Int

  /// A table with room for paths of `pathWidth` characters and the labels of some sets.
  package init(pathWidth: Int, sets: [LabelSet]) {
    self.pathWidth = max(pathWidth, "image".count)
    let labels = sets.flatMap(\.labels) + [Answer.unknownText]
    labelWidth = min(24, labels.map(\.count).max() ?? 0)
  }

  /// The titles of the columns.
  package var header: String {
    Self.row([
      Self.padded("image", pathWidth), Self.padded("answer", labelWidth), "score", "",
    ])
  }

  /// A row.
  package func text(of record: Record) -> String {
    let origin =
      switch record.origin {
      case .file(let path): path
      case .frame(let frame): frame.source
      }
    let first = Self.padded(origin.printable, pathWidth)
    switch record.outcome {
    case .labels(let labels):
      let others = labels.isUnknown ? labels.labels[...] : labels.labels.dropFirst()
      let score =
        switch labels.answer {
        case .label(let scored): Self.number(scored.score)
        case .unknown(let score): Self.number(score)
        }
      let next = others.map { "\($0.label.printable) \(Self.number($0.score))" }
      return Self.row([
        first, Self.padded(labels.answer.text.printable, labelWidth), score,
        next.joined(separator: ", "),
      ])
    case .failure(let reason):
      return Self.row([first, "error: " + reason.printable])
    }
  }

  private static func number(_ score: Float) -> String { Decimal.fixed(Double(score), 3) }

  private static func row(_ columns: [String]) -> String {
    var line = columns.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

extension String {
  /// The text with `?` for control characters, which would move a terminal's cursor.
  package var printable: String {
    let scalars = unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }
}
