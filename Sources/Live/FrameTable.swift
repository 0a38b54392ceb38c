internal import Basics
package import Classification

/// Records of frames for people: a line each, bars for the scores on a terminal.
package struct FrameTable: RecordFormat {
  private let hasBars: Bool
  private static let barWidth = 10

  /// A table; with bars where they can be shown.
  package init(hasBars: Bool) {
    self.hasBars = hasBars
  }

  /// Nothing: the lines explain themselves.
  package var header: String { "" }

  /// A line.
  package func text(of record: Record) -> String {
    guard case .frame(let frame) = record.origin, case .labels(let labels) = record.outcome else {
      return ""
    }
    var parts = [
      frame.position.map(Self.clock) ?? String(frame.captured.text.dropFirst(11).prefix(8)),
      frame.source,
      "\(Decimal.fixed(frame.ageMilliseconds, 0)) ms",
    ]
    if labels.isUnknown {
      let score = labels.unknownScore.map { " " + Decimal.fixed(Double($0), 2) } ?? ""
      parts.append(Answer.unknownText + score)
    }
    parts += labels.labels.map { scored in
      let text = "\(scored.label.printable) \(Decimal.fixed(Double(scored.score), 2))"
      return hasBars ? "\(Self.bar(scored.score)) \(text)" : text
    }
    return parts.joined(separator: "  ") + "\n"
  }

  /// A place in a recording as hours, minutes and seconds.
  private static func clock(_ position: Double) -> String {
    let tenths = Int((position * 10).rounded(.down))
    let (minutes, seconds) = (tenths / 600, tenths / 10 % 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(minutes / 60):\(two(minutes % 60)):\(two(seconds)).\(tenths % 10)"
  }

  /// A score as a bar, in eighths of a character.
  private static func bar(_ score: Float) -> String {
    let eighths = Int((max(0, min(1, score)) * Float(barWidth * 8)).rounded())
    let whole = String(repeating: "█", count: eighths / 8)
    let rest = eighths % 8 == 0 ? "" : String(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8])
    let bar = whole + rest
    return bar + String(repeating: " ", count: barWidth - bar.count)
  }
}
