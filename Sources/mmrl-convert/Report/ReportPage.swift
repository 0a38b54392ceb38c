import Calibration
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
  let remarks: [String]
  let warnings: [String]
  let candidates: [Bar]
  let curves: Curves?
  let labels: [Bar]
  /// Nil where no photo was held out; the labels are not shown then either.
  let grid: ConfusionGrid?
  let reliability: Reliability?
  let galleries: [Gallery]
  let tables: [Table]

  /// A name, a bar of 0 to 100, the range that the figure is in, and what the bar says, perhaps with a mark to compare with.
  struct Bar {
    let name: String
    let style: String
    let width: String
    let value: String
    let range: Range?
    let mark: Mark?
    let remark: String?

    struct Mark {
      let left: String
      let tooltip: String
    }

    struct Range {
      let left: String
      let width: String
      let tooltip: String
    }

    init(
      name: String, estimate: Estimate?, value: String, isOurs: Bool, mark: Double? = nil,
      markName: String = "zero-shot", remark: String? = nil
    ) {
      self.name = name
      self.value = value
      self.remark = remark
      style = isOurs ? "ours" : "other"
      width = Decimal.fixed(100 * (estimate?.value ?? 0), 1)
      range = estimate.map {
        Range(
          left: Decimal.fixed(100 * $0.interval.low, 1),
          width: Decimal.fixed(100 * ($0.interval.high - $0.interval.low), 1),
          tooltip: "90 % interval: \(Findings.range($0.interval))")
      }
      self.mark = mark.map {
        // The last half per cent of the track is where the mark itself has its width.
        Mark(
          left: Decimal.fixed(min($0, 99.5), 1), tooltip: "\(markName) \(Decimal.fixed($0, 1)) %")
      }
    }
  }

  struct Reliability {
    let note: String
    let groups: [Bar]
  }

  struct Curves {
    let loss: LineChart
    let accuracy: LineChart
    let lastEpoch: String
  }

  struct Gallery {
    let heading: String
    let note: String
    let rows: [Row]

    struct Row {
      let text: String
      let photos: [Photo]
    }

    struct Photo {
      let uri: String
      let caption: String
    }
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
    remarks = report.remarks
    warnings = report.warnings
    candidates = report.candidates.map {
      Bar(
        name: $0.name + ($0.isExported ? " (the model)" : ""), estimate: $0.accuracy,
        value: Findings.percent($0.accuracy.value), isOurs: $0.isExported, remark: $0.remark)
    }
    curves = report.epochs.last.map { Self.curves(report.epochs, last: $0) }
    let weakestFirst = report.labels.indices.sorted {
      (report.labels[$0].accuracy?.value ?? 2, $0) < (report.labels[$1].accuracy?.value ?? 2, $1)
    }
    labels = weakestFirst.map { Self.bar(report, $0) }
    grid =
      report.scores.total == 0
      ? nil
      : ConfusionGrid(labels: report.labels.map(\.name), counts: report.scores.confusion)
    reliability = report.reliability.map(Self.reliability)
    galleries = report.galleries.filter { !$0.rows.isEmpty }.map { gallery in
      Gallery(
        heading: gallery.heading, note: gallery.note,
        rows: gallery.rows.map { row in
          Gallery.Row(
            text: row.text,
            photos: row.photos.map { Gallery.Photo(uri: $0.uri, caption: $0.caption) })
        })
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

  private static func reliability(_ found: TrainingReport.Reliability) -> Reliability {
    Reliability(
      note: "Expected calibration error \(Decimal.fixed(found.error, 3)).",
      groups: found.groups.map { group in
        Bar(
          name: "said \(Findings.percent(group.probability))", estimate: group.right,
          value: "\(Findings.percent(group.right.value)) right", isOurs: true,
          mark: 100 * group.probability, markName: "said")
      })
  }

  private static func bar(_ report: TrainingReport, _ label: Int) -> Bar {
    let count = report.labels.count
    let row = report.scores.confusion[(label * count)..<((label + 1) * count)]
    let (right, total) = (row[row.startIndex + label], row.reduce(0, +))
    let own = report.labels[label]
    return Bar(
      name: own.name, estimate: own.accuracy,
      value: total == 0 ? "not measured" : "\(right) of \(total)", isOurs: total > 0,
      mark: own.zeroShot)
  }
}
