/// What stands between two pictures of a multipart stream, as HTTP servers send them (RFC 2046, section 5.1): a boundary, headers,
/// an empty line.
struct PartHeader: Equatable {
  /// The boundary's line, as in `--frame`.
  var boundary: [UInt8]?
  /// The picture's size in bytes, if it was said.
  var length: Int?
  /// Bytes before the header that are neither white space nor part of it.
  var others: Int

  /// Reads the header at the end of `bytes`, behind which a picture starts; nil when there is none.
  init?(endOf bytes: ArraySlice<UInt8>) {
    // Lines from the last one on; the empty one comes first.
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      line.last == 0x0D ? line.dropLast() : line
    }
    guard lines.count >= 3, lines.removeLast().isEmpty, lines.removeLast().isEmpty else {
      return nil
    }
    while let line = lines.last, let (name, value) = Self.field(line) {
      // Signs are none of its digits (RFC 9110, section 8.6).
      if name.lowercased() == "content-length",
        value.utf8.allSatisfy({ (0x30...0x39).contains($0) })
      {
        length = Int(value)
      }
      lines.removeLast()
    }
    if let line = lines.last, line.starts(with: [0x2D, 0x2D]) {
      let text = line.reversed().drop { Self.isSpace($0) }
      boundary = text.reversed()
      lines.removeLast()
    }
    guard boundary != nil || length != nil else { return nil }
    others = lines.joined().count { !Self.isSpace($0) }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// A header's name and value.
  private static func field(_ line: ArraySlice<UInt8>) -> (name: String, value: String)? {
    guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
      line[..<colon].allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    let value = line[(colon + 1)...].filter { !isSpace($0) }
    return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
  }
}
