import ArgumentParser
import Classification

/// What is said of each image or frame.
struct ResultOptions: ParsableArguments {
  @Option(help: "Which label sets to score.")
  var labels = LabelSelection.all

  @Option(
    help: ArgumentHelp(
      "Best labels of each set (default: 3 in a table, else 5).", valueName: "count"))
  var top: Int?

  @Option(
    help: ArgumentHelp(
      "How results are written (default: table; of streams not seen on a terminal jsonl).",
      valueName: "format"))
  var format: OutputFormat?

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes 1 or more.") }
  }

  /// How many labels of each set a format shows.
  func count(in format: OutputFormat) -> Int { top ?? format.defaultTop }
}

/// How records are written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case jsonl
  case csv

  /// Labels shown of each set when nothing is said: few enough for a line, or enough for a program.
  var defaultTop: Int { self == .table ? 3 : 5 }

  /// What writes records so; `table` is the table for people.
  func writer(of subject: RecordSubject, table: @autoclosure () -> any RecordFormat)
    -> any RecordFormat
  {
    switch self {
    case .table: table()
    case .jsonl: JSONFormat()
    case .csv: CSVFormat(subject)
    }
  }
}

extension LabelSelection: ExpressibleByArgument {}
