/// For people: one row a picture, the label sets side by side.
struct Table: RecordFormat {
  /// A group of columns: one label set.
  struct Group {
    /// What stands above, as `known (fusion)`.
    var title: String
    /// Width of the longest label.
    var labelWidth: Int
    /// Labels shown.
    var top: Int

    /// Labels and scores, `cup 0.913`, two blanks between them.
    var width: Int { max(title.count, top * (labelWidth + 8) - 2) }
  }

  /// Above the first column.
  let originTitle: String
  let originWidth: Int
  let groups: [Group]

  var header: String {
    row([Self.padded(originTitle, originWidth)] + groups.map { Self.padded($0.title, $0.width) })
  }

  func line(for record: Record) -> String {
    let origin = record.origin.map { Self.text($0.value) }.joined(separator: " ")
    let first = Self.padded(origin, originWidth)
    switch record.outcome {
    case .labels(let classification):
      let columns = zip(groups, classification.groups).map { group, labels in
        let cells = labels.map { scored in
          Self.padded(Self.printable(scored.label), group.labelWidth) + " "
            + Decimal.fixed(Double(scored.score), 3)
        }
        return Self.padded(cells.joined(separator: "  "), group.width)
      }
      return row([first] + columns)
    case .failure(let reason):
      return row([first, "error: " + Self.printable(reason)])
    }
  }

  private func row(_ columns: [String]) -> String {
    var line = columns.joined(separator: "  | ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }

  private static func text(_ value: Record.Value) -> String {
    switch value {
    case .text(let text): printable(text)
    case .integer(let integer): "\(integer)"
    case .number(let number, let decimals): Decimal.fixed(number, decimals)
    case .counts(let counts): counts.map { "\($0.name) \($0.count)" }.joined(separator: " ")
    }
  }

  /// Control characters would move the cursor: they become `?`.
  private static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
