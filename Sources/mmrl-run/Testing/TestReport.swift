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

  /// Tables that fit 80 columns.
  var text: String {
    var counts = ["\(imagesOfLabels) images of \(figures.labels.count) labels"]
    if imagesOfNone > 0 { counts.append("\(imagesOfNone) of none of them") }
    if failed > 0 { counts.append("\(failed) could not be read") }
    var lines = [counts.joined(separator: ", ")]
    if let all = figures.all { lines += [""] + accuracies(all) }
    lines += section(measures)
    lines += section(unknowns)
    lines += section(deciles)
    lines += section(labels)
    lines += section(confusions)
    return lines.joined(separator: "\n")
  }

  private func section(_ lines: [String]) -> [String] { lines.isEmpty ? [] : [""] + lines }

  // MARK: Sections

  private func accuracies(_ all: TestFigures.Accuracy) -> [String] {
    var lines = [row("right", "images", ["among all labels", "within its set"])]
    func add(_ name: String, _ accuracy: TestFigures.Accuracy?) {
      guard let accuracy else { return }
      lines.append(
        row(
          name, "\(accuracy.joint.total)",
          [Self.withInterval(accuracy.joint), Self.withInterval(accuracy.inSet)]))
    }
    if figures.known != nil, figures.novel != nil { add("all", all) }
    add("known", figures.known)
    add("novel", figures.novel)
    if let joint = figures.jointMean, let inSet = figures.inSetMean {
      let reach = String(repeating: " ", count: Self.reachWidth)
      lines.append(
        row("harmonic mean", "", [joint, inSet].map { Self.percent($0) + reach }))
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

  private var deciles: [String] {
    guard let reliability = figures.reliability else { return [] }
    return [row("mean score", "images", ["right"])]
      + reliability.deciles.map { group in
        row(
          Decimal.fixed(group.score, 3), "\(group.right.total)", [Self.withInterval(group.right)])
      }
  }

  private var labels: [String] {
    guard !figures.labels.isEmpty else { return [] }
    return [row("label", "images", ["among all labels", "within its set"])]
      + figures.labels.map { label in
        row(
          label.label.name, "\(label.accuracy.joint.total)",
          [label.accuracy.joint, label.accuracy.inSet].map(Self.withInterval))
      }
  }

  private var confusions: [String] {
    guard !figures.confusions.isEmpty else { return [] }
    return ["most frequent mistakes"]
      + figures.confusions.prefix(Self.confusionsShown).map { confusion in
        let truth = Self.truncated(Self.name(confusion.truth, orElse: "none"), 30)
        let answer = Self.truncated(
          Self.name(confusion.answer, orElse: Answer.unknownText), 30)
        return Self.right("\(confusion.count)", 6) + "  \(truth) taken for \(answer)"
      }
  }

  // MARK: Cells

  static let confusionsShown = 10
  private static let nameWidth = 22
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

  private func row(_ name: String, _ images: String, _ cells: [String]) -> String {
    let name = Self.truncated(name.printable, Self.nameWidth)
    let first = name + String(repeating: " ", count: Self.nameWidth - name.count)
    let columns = [Self.right(images, 7)] + cells.map { Self.right($0, 23) }
    var line = first + columns.joined()
    while line.last == " " { line.removeLast() }
    return line
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func truncated(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(width - 1) + "…"
  }
}
