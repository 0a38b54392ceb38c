internal import Basics
internal import ModelFile

/// Comma-separated values (RFC 4180), one row a label; a failure is one row.
///
/// Paths, sources, labels and errors are written as `CSV.text` does it, so that no spreadsheet runs them; numbers as they are.
package struct CSVFormat: RecordFormat {
  private let subject: RecordSubject

  /// Rows with the columns of a subject.
  package init(_ subject: RecordSubject) { self.subject = subject }

  /// The names of the columns.
  package var header: String {
    let origin =
      switch subject {
      case .images: ["path"]
      case .frames: ["source", "sequence", "time", "age_ms", "dropped", "faults"]
      }
    let columns = [
      "answer", "unknown_score", "label", "set", "head", "score", "logit", "ms", "error",
    ]
    return CSV.row(origin + columns)
  }

  /// A row for each label.
  package func text(of record: Record) -> String {
    let origin = Self.cells(record.origin)
    switch record.outcome {
    case .labels(let labels):
      let milliseconds = Decimal.fixed(labels.milliseconds, 2)
      let unknownScore = labels.unknownScore.map { "\($0)" } ?? ""
      return labels.labels.map { scored in
        let cells = [
          CSV.text(labels.answer.text), unknownScore, CSV.text(scored.label), scored.set.rawValue,
          scored.head.rawValue, "\(scored.score)", "\(scored.logit)", milliseconds, "",
        ]
        return CSV.row(origin + cells)
      }.joined()
    case .failure(let reason):
      return CSV.row(origin + ["", "", "", "", "", "", "", "", CSV.text(reason)])
    }
  }

  private static func cells(_ origin: Record.Origin) -> [String] {
    switch origin {
    case .file(let path): return [CSV.text(path)]
    case .bytes: return [""]
    case .frame(let frame):
      let faults = frame.faults.map { "\($0.kind)=\($0.count)" }
      return [
        CSV.text(frame.source), "\(frame.sequence)", frame.captured.text,
        Decimal.fixed(frame.ageMilliseconds, 1), "\(frame.dropped)", faults.joined(separator: " "),
      ]
    }
  }
}
