import ArgumentParser

/// How records are written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case jsonl
  case csv

  /// Labels shown of each set when nothing is said: few enough for a line, or enough for a program.
  var defaultTop: Int { self == .table ? 3 : 5 }
}

/// Writes records as text.
protocol RecordFormat {
  /// What stands before the first record.
  var header: String { get }
  /// A record, line end included.
  func line(for record: Record) -> String
}
