internal import Basics
package import Classification

/// Records of frames for people: a line each, what the answer was before it changed, bars for the scores on a terminal.
package struct FrameTable: RecordFormat {
  private let hasBars: Bool
  /// Columns of the terminal; nil for a file.
  private let width: Int?
  private static let barWidth = 10
  private static let gap = 2

  /// A table.
  ///
  /// - Parameters:
  ///   - hasBars: whether bars can be shown.
  ///   - width: columns of the terminal, which a line fits; nil for a file, where nothing is left out.
  package init(hasBars: Bool, width: Int? = nil) {
    self.hasBars = hasBars
    self.width = width
  }

  /// Nothing: the lines explain themselves.
  package var header: String { "" }

  /// A line.
  package func text(of record: Record) -> String { text(of: record, after: nil) }

  /// A line; where the answer is another one than before, it says which that was.
  package func text(of record: Record, after previous: Answer?) -> String {
    guard case .frame(let frame) = record.origin, case .labels(let labels) = record.outcome else {
      return ""
    }
    var line = start(of: frame, Self.change(to: labels, after: previous))
    for (index, part) in parts(labels, after: previous, room: room(beside: line)).enumerated() {
      let longer = line + Self.space + part
      // What changed is said in any case, and the last to be left out.
      guard index == 0 || longer.columns <= width ?? .max else { break }
      line = longer
    }
    return (width.map { line.cut(to: $0) } ?? line) + "\n"
  }

  /// Time, source and age; of these, where there is little room, no more than leaves the change whole.
  private func start(of frame: Record.Frame, _ change: String) -> String {
    let source = frame.source.printable
    var parts = [
      frame.position.map(Self.clock) ?? String(frame.captured.text.dropFirst(11).prefix(8)),
      width.map { source.shortened(to: max(8, $0 / 4)) } ?? source,
      "\(Decimal.fixed(frame.ageMilliseconds, 0)) ms",
    ]
    func line() -> String { parts.joined(separator: Self.space) }
    while let width, parts.count > 1, line().columns + Self.gap + change.columns > width {
      parts.removeLast()
    }
    return line()
  }

  /// What changed, whole and without bars.
  private static func change(to labels: Record.Labels, after previous: Answer?) -> String {
    let old = oldName(previous, labels).map { $0 + " → " } ?? ""
    let score = labels.isUnknown ? labels.unknownScore : labels.labels.first?.score
    let number = score.map { " " + Decimal.fixed(Double($0), 2) } ?? ""
    return old + labels.answer.text.printable + number
  }

  /// What the answer was; nil where it is the same, as it may be after a change of models.
  private static func oldName(_ previous: Answer?, _ labels: Record.Labels) -> String? {
    previous.flatMap { $0.text == labels.answer.text ? nil : $0.text.printable }
  }

  private static let space = String(repeating: " ", count: gap)

  /// Columns for the answer.
  private func room(beside line: String) -> Int? {
    width.map { max(10, $0 - line.columns - Self.gap) }
  }

  /// The answer, then what comes next.
  private func parts(_ labels: Record.Labels, after previous: Answer?, room: Int?) -> [String] {
    // Bars only where they leave the names whole.
    func part(_ name: String, _ score: Float, _ old: String? = nil) -> String {
      let number = Decimal.fixed(Double(score), 2)
      let whole = (old.map { $0 + " → " } ?? "") + "\(name) \(number)"
      let withBar = hasBars ? "\(Self.bar(score)) \(whole)" : whole
      guard let room, withBar.columns > room else { return withBar }
      guard whole.columns > room else { return whole }
      guard let old else { return "\(name.shortened(to: max(3, room - 5))) \(number)" }
      let half = max(3, (room - 3 - 5) / 2)
      return "\(old.shortened(to: half)) → \(name.shortened(to: half)) \(number)"
    }
    let old = Self.oldName(previous, labels)
    var parts: [String] = []
    if labels.isUnknown {
      parts.append(Self.change(to: labels, after: previous))
    }
    for scored in labels.labels {
      parts.append(part(scored.label.printable, scored.score, parts.isEmpty ? old : nil))
    }
    return parts
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
