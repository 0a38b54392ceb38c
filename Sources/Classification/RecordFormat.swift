/// Writes records as text.
package protocol RecordFormat: Sendable {
  /// What stands before the first record.
  var header: String { get }
  /// A record, line end included.
  func text(of record: Record) -> String
  /// A record whose answer is another one than the source's before, line end included.
  func text(of record: Record, after previous: Answer?) -> String
}

extension RecordFormat {
  /// A record says what is there; what was before is in the record before.
  package func text(of record: Record, after previous: Answer?) -> String { text(of: record) }
}

/// What the records of a run are about: their columns differ.
package enum RecordSubject: Sendable {
  /// Image files.
  case images
  /// Frames of cameras or streams.
  case frames
}
