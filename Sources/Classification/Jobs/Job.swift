internal import Basics

/// A run whose records, and features if they are wanted, are gone on with after it was interrupted: ``JobFile``, ``FeatureFile``.
///
/// Rows of features are written before the records that they are of, so that a process that is killed leaves no fewer of them; what the
/// header of the array states is written after both are on the disk.
package final class Job {
  /// The records.
  package let file: JobFile
  private let features: FeatureFile?
  private var lastSync = ContinuousClock.now

  /// So long a disk may be behind.
  private static let syncInterval = Duration.seconds(5)

  /// Finds what an earlier run has left; nothing is changed yet.
  ///
  /// - Parameters:
  ///   - path: the file of records, which need not be there.
  ///   - description: of this run.
  ///   - features: where features go, and their length.
  /// - Throws: ``JobFileError``, ``FeatureFileError``, ``UnequalFiles``.
  package init(
    _ path: String, _ description: JobDescription, features: (path: String, columns: Int)? = nil
  ) throws {
    file = try JobFile.find(path, description)
    self.features = try features.map { try FeatureFile.find($0.path, columns: $0.columns) }
    guard let rows = self.features else { return }
    // Rows have no names: they are those of the records only as long as nobody has changed either file.
    guard rows.statedRows <= file.found.records, rows.rows > 0 || file.found.records == 0 else {
      throw UnequalFiles(
        records: path, features: rows.path, counts: (file.found.records, rows.rows))
    }
    // Power has failed: the disk has records whose rows it has not.
    try file.keep(rows.rows)
  }

  /// Makes the files ready for more records.
  ///
  /// - Throws: when that cannot be.
  package func begin() throws {
    try file.begin()
    try features?.begin(behind: file.found.records)
  }

  /// Appends records.
  ///
  /// - Parameters:
  ///   - records: with features, if these are wanted.
  ///   - lines: what is written of them.
  /// - Throws: when they cannot be written.
  /// - Precondition: `begin` was called.
  package func append(_ records: [Record], _ lines: [UInt8]) throws {
    try features?.append(records)
    try file.append(lines)
    if ContinuousClock.now - lastSync > Self.syncInterval { try sync() }
  }

  /// Has the disk take all that there is.
  ///
  /// - Throws: when it cannot.
  package func sync() throws {
    try features?.sync()
    try file.sync()
    try features?.state()
    lastSync = .now
  }
}

/// Records and rows of features are not of the same images.
package struct UnequalFiles: Error, CustomStringConvertible {
  var records: String
  var features: String
  var counts: (records: Int, rows: Int)

  /// One line for a person.
  package var description: String {
    "\(features): has \(Decimal.counted(counts.rows, "row")) beside "
      + "\(Decimal.counted(counts.records, "record")) of \(records), so that one of them was changed: name two other files"
  }
}
