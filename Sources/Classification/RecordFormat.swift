/// Writes records as text.
package protocol RecordFormat: Sendable {
  /// What stands before the first record.
  var header: String { get }
  /// A record, line end included.
  func text(of record: Record) -> String
}

/// What the records of a run are about: their columns differ.
package enum RecordSubject: Sendable {
  /// Image files.
  case images
  /// Frames of cameras or streams.
  case frames
}
