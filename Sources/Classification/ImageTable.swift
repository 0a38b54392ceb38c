internal import Basics

/// For people: one row an image, the answer and the next best labels.
///
/// On a terminal rows fit its width: paths and labels lose their middles, there are fewer of the next best labels, and
/// errors go on in lines of their own.
package struct ImageTable: RecordFormat {
  private let pathWidth: Int
  private let labelWidth: Int
  /// Columns of the terminal; nil for a file.
  private let width: Int?

  /// Between columns.
  private static let gap = 2
  private static let scoreWidth = 5

  /// A table with room for paths and the labels of some sets.
  ///
  /// - Parameters:
  ///   - pathWidth: columns of the longest path.
  ///   - sets: labels.
  ///   - width: columns of the terminal; nil for a file, where nothing is left out.
  package init(pathWidth: Int, sets: [LabelSet], width: Int?) {
    let labels = sets.flatMap(\.labels) + [Answer.unknownText]
    let longestLabel = min(24, labels.map { $0.printable.columns }.max() ?? 0)
    let longestPath = max(pathWidth, "image".count)
    self.width = width
    guard let width else {
      self.pathWidth = min(longestPath, 72)
      labelWidth = longestLabel
      return
    }
    labelWidth = max("answer".count, min(longestLabel, width / 3))
    let besidePath = labelWidth + Self.scoreWidth + 2 * Self.gap
    // What is next best gets a part of the line where paths are long.
    let most = max(2 * width / 5, width - besidePath - Self.gap - 30)
    self.pathWidth = max("image".count, min(longestPath, most, width - besidePath))
  }

  /// The titles of the columns.
  package var header: String { row("image", ["answer".padded(to: labelWidth), "score"]) }

  /// A row.
  package func text(of record: Record) -> String {
    let origin =
      switch record.origin {
      case .file(let path): path
      case .bytes: ""
      case .frame(let frame): frame.source
      }
    switch record.outcome {
    case .labels(let labels):
      let others = labels.isUnknown ? labels.labels[...] : labels.labels.dropFirst()
      let score =
        switch labels.answer {
        case .label(let scored): Self.number(scored.score)
        case .unknown(let score):
          score.map(Self.number) ?? String(repeating: " ", count: Self.scoreWidth)
        }
      let answer = shortened(labels.answer.text.printable, to: labelWidth)
      return row(origin, [answer.padded(to: labelWidth), score, nextBest(others)])
    case .failure(let reason):
      return failure(origin, "error: " + reason.printable)
    }
  }

  /// As many as there is room for.
  private func nextBest(_ labels: ArraySlice<ScoredLabel>) -> String {
    let room = width.map { $0 - pathWidth - labelWidth - Self.scoreWidth - 3 * Self.gap } ?? .max
    var text = ""
    for label in labels {
      let name = shortened(label.label.printable, to: max(8, min(24, room - 6)))
      let longer = (text.isEmpty ? "" : text + ", ") + "\(name) \(Self.number(label.score))"
      guard longer.columns <= room else { break }
      text = longer
    }
    return text
  }

  private func failure(_ path: String, _ reason: String) -> String {
    let first = self.first(path)
    guard let width else { return Self.line([first, reason]) }
    // Beside the path where that leaves room for words, else below it.
    let room = width - pathWidth - Self.gap
    guard room >= 30 else {
      let margin = String(repeating: " ", count: Self.gap)
      return Self.line([first]) + (margin + reason).wrapped(to: width, indent: Self.gap) + "\n"
    }
    let margin = "\n" + String(repeating: " ", count: pathWidth + Self.gap)
    return Self.line([first, reason.wrapped(to: room).replacing("\n", with: margin)])
  }

  private func row(_ path: String, _ columns: [String]) -> String {
    Self.line([first(path)] + columns)
  }

  private func first(_ path: String) -> String {
    shortened(path.printable, to: pathWidth).padded(to: pathWidth)
  }

  private func shortened(_ text: String, to columns: Int) -> String {
    width == nil ? text : text.shortened(to: columns)
  }

  private static func number(_ score: Float) -> String { Decimal.fixed(Double(score), 3) }

  private static func line(_ columns: [String]) -> String {
    var line = columns.joined(separator: String(repeating: " ", count: gap))
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
}
