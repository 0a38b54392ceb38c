import ArgumentParser

/// What is said of each picture, and where.
struct ResultOptions: ParsableArguments {
  @Option(help: "How records are written.")
  var format = OutputFormat.table

  @Option(help: "Best labels of each set; 3 in a table, else 5, when not given.")
  var top: Int?

  @Option(help: "Which labels to score; all that the model has when not given.")
  var labels: LabelSelection?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write to a file, which appears when it is complete, instead of stdout.", valueName: "file"))
  var output: String?

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes 1 or more.") }
  }

  /// Best labels of each set.
  var count: Int { top ?? format.defaultTop }

  /// The format asked for.
  ///
  /// `originColumns` say where a picture is from; in a table they share a column.
  func recordFormat(
    originColumns: [String], originWidth: Int, sets: [Classifier.ScoredSet]
  ) -> any RecordFormat {
    switch format {
    case .jsonl: JSONLines()
    case .csv: CommaSeparated(origin: originColumns)
    case .table:
      Table(
        originTitle: originColumns.joined(separator: " "), originWidth: originWidth,
        groups: sets.map { set in
          Table.Group(
            title: "\(set.kind.rawValue) (\(set.head))",
            labelWidth: set.labels.map(\.count).max() ?? 0, top: min(count, set.labels.count))
        })
    }
  }
}
