internal import Basics
internal import ModelFile

/// For people: one row an image, the label sets side by side.
package struct ImageTable: RecordFormat {
  /// The columns of one label set.
  private struct Group {
    /// What stands above, as `known (fusion)`.
    var title: String
    /// Width of the longest label.
    var labelWidth: Int
    /// Labels and scores, `cup 0.913`, two blanks between them.
    var width: Int
  }

  private let pathWidth: Int
  private let groups: [Group]

  /// A table with room for paths of `pathWidth` characters and `top` labels of each set.
  package init(pathWidth: Int, sets: [LabelSet], top: Int) {
    self.pathWidth = pathWidth
    groups = sets.map { set in
      let title = "\(set.kind.rawValue) (\(set.head.rawValue))"
      let labelWidth = set.labels.map(\.count).max() ?? 0
      let shown = min(top, set.labels.count)
      return Group(
        title: title, labelWidth: labelWidth,
        width: max(title.count, shown * (labelWidth + 8) - 2))
    }
  }

  /// The titles of the columns.
  package var header: String {
    Self.row([Self.padded("path", pathWidth)] + groups.map { Self.padded($0.title, $0.width) })
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
      let columns = zip(groups, labels.sets).map { group, labels in
        let cells = labels.map { scored in
          let label = Self.padded(scored.label.printable, group.labelWidth)
          return "\(label) \(Decimal.fixed(Double(scored.score), 3))"
        }
        return Self.padded(cells.joined(separator: "  "), group.width)
      }
      return Self.row([first] + columns)
    case .failure(let reason):
      return Self.row([first, "error: " + reason.printable])
    }
  }

  private static func row(_ columns: [String]) -> String {
    var line = columns.joined(separator: "  | ")
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
