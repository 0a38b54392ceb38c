import Basics
import Downloads

/// Published checkpoints by their names.
enum FetchedCheckpoint {
  /// The folder that a checkpoint of this name has in the user's cache; nil when a file has the name, or nothing was fetched.
  static func place(of name: String) -> String? {
    guard FileVersion(of: PathName(name)) == nil else { return nil }
    return try? CheckpointCache().folder(of: name)
  }

  /// The path that a text is, or that the checkpoint of this name has in the user's cache.
  ///
  /// - Throws: `ConvertError` for the name of a published CLIP that was not fetched.
  static func path(_ text: String) throws(ConvertError) -> String {
    if let place = place(of: text) { return place }
    guard FileVersion(of: PathName(text)) == nil, let published = PublishedCheckpoint.named(text)
    else { return text }
    throw ConvertError(
      "\(text): no such file, and not fetched either: mmrl-convert get \(text) does that"
        + " (\(published.bytes.megabytes))")
  }

  /// What is known by name, as a table.
  static var table: String {
    let rows = PublishedCheckpoint.all.map {
      [$0.name, $0.tower, $0.bytes.megabytes, $0.licence, $0.alias.map { "or \($0)" } ?? ""]
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ").trimmedAtEnd
    }.joined(separator: "\n")
  }
}

extension Int {
  /// Bytes, as `605 MB`.
  var megabytes: String { "\(Decimal.grouped((self + 500_000) / 1_000_000)) MB" }
}

extension String {
  /// Without spaces at its end.
  fileprivate var trimmedAtEnd: String {
    String(self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)])
  }
}
