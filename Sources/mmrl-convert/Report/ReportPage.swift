import Basics
import Mustache
import Training

/// One self-contained HTML page: no script, nothing fetched, readable on a phone and in the dark.
///
/// The templates in the folder `Templates` name the properties of this type and of those within. They escape
/// what they put in, except for the page's own style.
package struct ReportPage {
  let style = String(decoding: PackageResources.page_css, as: UTF8.self)
  let title: String
  let summary: String
  let warnings: [String]
  let candidates: [Bar]
  let curves: Curves?
  let labels: [Bar]
  let grid: ConfusionGrid
  /// The most frequent ones, in words.
  let confusions: [String]
  let tables: [Table]

  /// A name, a bar of 0 to 100 and what the bar says, perhaps with a mark to compare with.
  struct Bar {
    let name: String
    let style: String
    let width: String
    let value: String
    let mark: Mark?

    struct Mark {
      let left: String
      let tooltip: String
    }

    init(name: String, percent: Double, value: String, isOurs: Bool, zeroShot: Double? = nil) {
      self.name = name
      self.value = value
      style = isOurs ? "ours" : "other"
      width = Decimal.fixed(percent, 1)
      mark = zeroShot.map {
        // The last half per cent of the track is where the mark itself has its width.
        Mark(
          left: Decimal.fixed(min($0, 99.5), 1), tooltip: "zero-shot \(Decimal.fixed($0, 1)) %")
      }
    }
  }

  struct Curves {
    let loss: LineChart
    let accuracy: LineChart
    let lastEpoch: String
  }

  struct Table {
    let heading: String
    let note: String
    let rows: [Row]

    struct Row {
      let name: String
      let value: String
    }
  }

  /// A page on a training.
  package init(_ report: TrainingReport) {
    title = report.title
    summary = report.summary
    warnings = report.warnings
    candidates = report.candidates.map {
      Bar(
        name: $0.name + ($0.isExported ? " (exported)" : ""), percent: $0.accuracy,
        value: Decimal.fixed($0.accuracy, 1) + " %", isOurs: $0.isExported)
    }
    curves = report.epochs.last.map { Self.curves(report.epochs, last: $0) }
    labels = report.labels.indices.map { Self.bar(report, $0) }
    grid = ConfusionGrid(labels: report.labels, counts: report.scores.confusion)
    confusions = report.scores.confusions(8).map {
      "\(report.labels[$0.label]) → \(report.labels[$0.given]): \($0.photos)"
    }
    tables = report.tables.filter { !$0.rows.isEmpty }.map { table in
      Table(
        heading: table.heading, note: table.note,
        rows: table.rows.map { Table.Row(name: $0.name, value: $0.value) })
    }
  }

  /// The page as text.
  ///
  /// - Throws: when a template is malformed, which the tests would have found.
  package func html() throws -> String {
    var library = MustacheLibrary()
    for (name, bytes) in [
      ("page", PackageResources.page_html), ("bar", PackageResources.bar_html),
      ("line-chart", PackageResources.line_chart_svg),
      ("confusion-grid", PackageResources.confusion_grid_svg),
    ] {
      try library.register(String(decoding: bytes, as: UTF8.self), named: name)
    }
    guard let html = library.render(self, withTemplate: "page") else {
      preconditionFailure("the template was registered")
    }
    return html
  }

  private static func curves(
    _ epochs: [TrainingReport.Epoch], last: TrainingReport.Epoch
  ) -> Curves {
    let terms = last.terms.map { "\($0.name) \(Decimal.fixed($0.value, 3))" }
    return Curves(
      loss: LineChart(
        epochs.map(\.loss), name: "loss", style: "line-a", caption: "Loss by epoch", places: 2),
      accuracy: LineChart(
        epochs.map(\.accuracy), name: "accuracy", style: "line-b",
        caption: "Accuracy on the shots by epoch, percent", places: 0),
      lastEpoch:
        "Last epoch: loss \(Decimal.fixed(last.loss, 3)); \(terms.joined(separator: ", ")).")
  }

  private static func bar(_ report: TrainingReport, _ label: Int) -> Bar {
    let count = report.labels.count
    let row = report.scores.confusion[(label * count)..<((label + 1) * count)]
    let (right, total) = (row[row.startIndex + label], row.reduce(0, +))
    guard total > 0 else {
      return Bar(
        name: report.labels[label], percent: 0, value: "no photo to check", isOurs: false)
    }
    return Bar(
      name: report.labels[label], percent: 100 * Double(right) / Double(total),
      value: "\(right) of \(total)", isOurs: true, zeroShot: report.zeroShotOfLabels[label])
  }
}
