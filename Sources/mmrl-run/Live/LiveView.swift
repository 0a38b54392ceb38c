/// Live records for people: a line each, bars for the scores on a terminal.
struct LiveView: RecordFormat {
  let sourceWidth: Int
  let isTerminal: Bool
  private static let barWidth = 10

  init(sourceWidth: Int, isTerminal: Bool) {
    self.sourceWidth = sourceWidth
    self.isTerminal = isTerminal
  }

  var header: String { "" }

  func line(for record: Record) -> String {
    var parts: [String] = []
    for field in record.origin {
      switch (field.name, field.value) {
      case ("time", .text(let time)): parts.insert(String(time.dropFirst(11).prefix(8)), at: 0)
      case ("source", .text(let name)) where sourceWidth > 0: parts.append(name)
      case ("age_ms", .number(let age, _)): parts.append("\(Decimal.fixed(age, 0)) ms")
      default: break
      }
    }
    guard case .labels(let classification) = record.outcome else { return "" }
    for group in classification.groups {
      let cells = group.map { scored in
        let label = String(scored.label.map { $0.isASCII && ($0.asciiValue ?? 0) < 32 ? "?" : $0 })
        return "\(bar(scored.score)) \(label) \(Decimal.fixed(Double(scored.score), 2))"
      }
      parts.append("\(group.first?.head ?? "") \(cells.joined(separator: "  "))")
    }
    return parts.joined(separator: "  ") + "\n"
  }

  /// A score as a bar, in eighths of a character.
  private func bar(_ score: Float) -> String {
    guard isTerminal else { return "" }
    let eighths = Int((max(0, min(1, score)) * Float(Self.barWidth * 8)).rounded())
    let whole = String(repeating: "█", count: eighths / 8)
    let rest = eighths % 8 == 0 ? "" : String(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8])
    let bar = whole + rest
    return bar + String(repeating: " ", count: Self.barWidth - bar.count)
  }
}
