import Basics
import Classification

/// Where the records of images go.
protocol RecordOutput: AnyObject {
  /// Takes what stands before the first record.
  func append(header: String) throws
  /// Takes records, and writes them before it returns.
  func append(_ records: [Record], as format: any RecordFormat) throws
  /// The end of all records.
  func finish() throws
  /// The end of a run that was interrupted; returns what became of the records, if there is anything to say.
  func breakOff() throws -> String?
}

/// A file of records that is gone on with.
final class JobOutput: RecordOutput {
  private let job: Job

  /// The records of a job that was found.
  init(_ job: Job) throws {
    self.job = job
    try job.begin()
  }

  /// There is none: what a run goes on behind has it.
  func append(header: String) {}

  func append(_ records: [Record], as format: any RecordFormat) throws {
    try job.append(records, records.flatMap { Array(format.text(of: $0).utf8) })
  }

  func finish() throws { try job.sync() }

  func breakOff() throws -> String? {
    try job.sync()
    return "\(job.file.path): keeps its records; the same command goes on behind them"
  }
}

/// Records on stdout or in a file of their own, and their features in another one, if they are wanted.
final class PlainOutput: RecordOutput {
  private let output: ResultOutput
  private let features: FeatureFile?

  /// Writes to `path`, or to stdout.
  init(path: String?, features: FeatureFile?) throws {
    output = try ResultOutput(path: path)
    self.features = features
  }

  func append(header: String) { output.append(header) }

  func append(_ records: [Record], as format: any RecordFormat) throws {
    try features?.append(records)
    for record in records { output.append(format.text(of: record)) }
    try output.flush()
  }

  func finish() throws {
    try features?.finish()
    try output.finish()
  }

  func breakOff() -> String? {
    let lines = [
      features.map { "\($0.path): not written, since not all is done" }, output.discard(),
    ]
    let said = lines.compactMap(\.self)
    return said.isEmpty ? nil : said.joined(separator: "\n")
  }
}
