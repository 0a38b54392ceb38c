import ArgumentParser
import Glibc

/// What is said of each frame.
struct LiveResultOptions: ParsableArguments {
  @Option(help: "How records are written; table on a terminal, else jsonl, when not given.")
  var format: OutputFormat?

  @Option(help: "Best labels of each set; 3 in a table, else 5, when not given.")
  var top: Int?

  @Option(help: "Which labels to score; all that the model has when not given.")
  var labels: LabelSelection?

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes 1 or more.") }
  }

  /// The format in effect.
  var effectiveFormat: OutputFormat { format ?? (isatty(STDOUT_FILENO) == 1 ? .table : .jsonl) }

  /// Best labels of each set.
  var count: Int { top ?? effectiveFormat.defaultTop }

  /// Writes records in the format in effect.
  func recordFormat(sets: [Classifier.ScoredSet], sourceWidth: Int) -> any RecordFormat {
    switch effectiveFormat {
    case .jsonl: JSONLines()
    case .csv: CommaSeparated(origin: LiveRecord.columns)
    case .table: LiveView(sourceWidth: sourceWidth, isTerminal: isatty(STDOUT_FILENO) == 1)
    }
  }
}
