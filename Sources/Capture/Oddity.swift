/// What may be odd about a frame that is shown all the same, since no pixel suffers; the raw value names its count in the output.
public enum Oddity: String, Sendable, CaseIterable {
  /// Spare bytes among the image data.
  case spare
  /// Headers that say odd things, or bytes between them.
  case header
  /// Without an end marker.
  case end
  /// A second start marker; the last one counts.
  case start
  /// Bytes after the end marker.
  case padding
  /// Without the standard Huffman tables.
  case tables

  /// For a person.
  public var detail: String {
    switch self {
    case .spare: "frames have spare bytes among the image data"
    case .header: "frames have odd headers, or bytes between them"
    case .end: "frames lack the end marker"
    case .start: "frames have a second start marker"
    case .padding: "frames have bytes after their end"
    case .tables: "frames leave out the standard Huffman tables"
    }
  }
}

/// Counts of a source's odd frames since its start.
public struct OddityCounts: Sendable, Equatable {
  private var counts: [Oddity: Int] = [:]

  /// Nothing odd yet.
  public init() {}

  /// How often an oddity occurred.
  public package(set) subscript(oddity: Oddity) -> Int {
    get { counts[oddity] ?? 0 }
    set { counts[oddity] = newValue }
  }

  /// Name and count of all that occurred, in a fixed order.
  public var occurred: [(name: String, count: Int)] {
    Oddity.allCases.map { (name: $0.rawValue, count: self[$0]) }.filter { $0.count > 0 }
  }
}
