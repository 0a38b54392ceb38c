import Calibration
import Basics
import Classification

/// What `mmrl-run test` has found, as text for people.
struct TestReport {
  /// As given.
  let model: String
  let folder: String
  let images: [TestedImage]
  /// How many images could not be read.
  let failed: Int
  let threshold: UnknownThreshold
  let figures: TestFigures

  /// How many images show a label.
  var imagesOfLabels: Int { figures.all?.joint.total ?? 0 }
  /// How many show none.
  var imagesOfNone: Int { images.count - imagesOfLabels }

  /// Tables that fit the terminal's columns; nil is a file, where names are whole.
  func text(width: Int?) -> String {
    let layout = Layout(names: figures.labels.map(\.label.name), width: width)
    var counts = [
      "\(Decimal.counted(imagesOfLabels, "image")) of \(Decimal.counted(figures.labels.count, "label"))"
    ]
    if imagesOfNone > 0 { counts.append("\(imagesOfNone) of none of them") }
    if failed > 0 { counts.append("\(failed) could not be read") }
    var lines = [counts.joined(separator: ", ")]
    if let all = figures.all { lines += [""] + accuracies(all, layout) }
    lines += section(measures)
    lines += section(unknowns)
    lines += section(deciles(layout))
    lines += section(labels(layout))
    lines += section(confusions(layout))
    // Tables fit by their layout; what is wrapped are sentences.
    return lines.map { $0.wrapped(to: width, indent: 2) }.joined(separator: "\n")
  }

  /// How rows are laid out.
  private struct Layout {
    /// Of the first column.
    let nameWidth: Int
    /// How many cells with intervals there is room for.
    let cells: Int
    /// Of each of the two labels of a mistake; nil for any.
    let confusedWidth: Int?

    static let cellWidth = 23
    static let imagesWidth = 7
    private static let leastName = 10

    init(names: [String], width: Int?) {
      let longest = max(22, names.map { $0.printable.columns }.max() ?? 0)
      guard let width else {
        (nameWidth, cells, confusedWidth) = (longest, 2, nil)
        return
      }
      let forCells = width - Self.imagesWidth - Self.leastName
      cells = max(1, min(2, forCells / Self.cellWidth))
      nameWidth = max(
        Self.leastName, min(longest, width - Self.imagesWidth - cells * Self.cellWidth))
      confusedWidth = max(5, (width - 8 - " taken for ".count) / 2)
    }

    func row(_ name: String, _ images: String, _ cells: [String]) -> String {
      let first = name.printable.shortened(to: nameWidth).padded(to: nameWidth)
      let columns =
        [images.padded(fromLeftTo: Self.imagesWidth)]
        + cells.prefix(self.cells).map { $0.padded(fromLeftTo: Self.cellWidth) }
      var line = first + columns.joined()
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private func section(_ lines: [String]) -> [String] { lines.isEmpty ? [] : [""] + lines }

  // MARK: Sections

  private func accuracies(_ all: TestFigures.Accuracy, _ layout: Layout) -> [String] {
    var lines = [layout.row("right", "images", ["among all labels", "within its set"])]
    func add(_ name: String, _ accuracy: TestFigures.Accuracy?) {
      guard let accuracy else { return }
      lines.append(
        layout.row(
          name, "\(accuracy.joint.total)",
          [Self.withInterval(accuracy.joint), Self.withInterval(accuracy.inSet)]))
    }
    if figures.known != nil, figures.novel != nil { add("all", all) }
    add("known", figures.known)
    add("novel", figures.novel)
    if let joint = figures.jointMean, let inSet = figures.inSetMean {
      let reach = String(repeating: " ", count: Self.reachWidth)
      lines.append(
        layout.row("harmonic mean", "", [joint, inSet].map { Self.percent($0) + reach }))
    }
    return lines + ["(brackets: 90 % intervals)"]
  }

  private var measures: [String] {
    var lines: [String] = []
    if let openworld = figures.openworld {
      lines.append("OpenworldAUC \(Decimal.fixed(openworld, 3))")
    }
    if let reliability = figures.reliability {
      lines.append("expected calibration error \(Decimal.fixed(reliability.expectedError, 3))")
    }
    return lines
  }

  private var unknowns: [String] {
    let unknowns = figures.unknowns
    var lines: [String] = []
    if threshold == .none {
      lines.append("unknown is never answered (no threshold)")
    } else {
      func add(_ share: Proportion?, _ what: String) {
        guard let share else { return }
        lines.append("answered unknown: \(Self.withInterval(share)) of the images \(what)")
      }
      add(unknowns.refusedLabels, "of labels")
      add(unknowns.refusedOthers, "of none")
    }
    if let separation = unknowns.separation {
      lines.append(
        "unknown score: AUROC \(Decimal.fixed(separation.area, 3)), false positives at 95 % "
          + Self.percent(separation.falsePositives.share))
    }
    return lines
  }

  private func deciles(_ layout: Layout) -> [String] {
    guard let reliability = figures.reliability else { return [] }
    return [layout.row("mean score", "images", ["right"])]
      + reliability.deciles.map { group in
        layout.row(
          Decimal.fixed(group.score, 3), "\(group.right.total)", [Self.withInterval(group.right)])
      }
  }

  private func labels(_ layout: Layout) -> [String] {
    guard !figures.labels.isEmpty else { return [] }
    return [layout.row("label", "images", ["among all labels", "within its set"])]
      + figures.labels.map { label in
        layout.row(
          label.label.name, "\(label.accuracy.joint.total)",
          [label.accuracy.joint, label.accuracy.inSet].map(Self.withInterval))
      }
  }

  private func confusions(_ layout: Layout) -> [String] {
    guard !figures.confusions.isEmpty else { return [] }
    return ["most frequent mistakes"]
      + figures.confusions.prefix(Self.confusionsShown).map { confusion in
        func shortened(_ name: String) -> String {
          layout.confusedWidth.map { name.shortened(to: $0) } ?? name
        }
        let truth = shortened(Self.name(confusion.truth, orElse: "none"))
        let answer = shortened(Self.name(confusion.answer, orElse: Answer.unknownText))
        return Self.right("\(confusion.count)", 6) + "  \(truth) taken for \(answer)"
      }
  }

  // MARK: Cells

  static let confusionsShown = 10
  /// Of an interval, with the space before it.
  private static let reachWidth = " [ 0.0, 100.0]".count

  static func name(_ label: ModelLabel?, orElse other: String) -> String {
    label?.name.printable ?? other
  }

  static func percent(_ share: Double) -> String { right(Decimal.fixed(100 * share, 1), 5) + " %" }

  static func withInterval(_ share: Proportion) -> String {
    let low = right(Decimal.fixed(100 * share.interval.lowerBound, 1), 4)
    let high = right(Decimal.fixed(100 * share.interval.upperBound, 1), 5)
    return "\(percent(share.share)) [\(low), \(high)]"
  }

  private static func right(_ text: String, _ width: Int) -> String {
    text.padded(fromLeftTo: width)
  }
}
