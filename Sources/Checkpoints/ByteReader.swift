/// Reads little-endian numbers and text from a part of a mapped file; every length is checked.
struct ByteReader {
  let file: MappedFile
  /// Where the next byte is read, counted from the start of the file.
  private(set) var position: Int
  let end: Int

  /// - Precondition: `range` lies in the file.
  init(_ file: MappedFile, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.count)
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - position }

  func malformed(_ what: String, at offset: Int? = nil) -> CheckpointError {
    .malformed(path: file.path, offset: offset ?? position, what: what)
  }

  /// Steps over `count` bytes and gives where they lie.
  mutating func take(_ count: Int, _ what: String) throws(CheckpointError) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw malformed("is truncated: \(what) needs \(count) bytes, \(remaining) are left")
    }
    defer { position += count }
    return position..<position + count
  }

  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ what: String
  ) throws(CheckpointError) -> T {
    let range = try take(MemoryLayout<T>.size, what)
    return T(littleEndian: file.withBytes(range) { unsafe $0.unsafeLoadUnaligned(as: T.self) })
  }

  mutating func byte(_ what: String) throws(CheckpointError) -> UInt8 {
    try integer(UInt8.self, what)
  }

  /// A length or an offset of 64 bits; one that no file can have is refused here.
  mutating func length(_ what: String) throws(CheckpointError) -> Int {
    let start = position
    let value = try integer(UInt64.self, what)
    guard let length = Int(exactly: value) else {
      throw malformed("\(what) is \(value)", at: start)
    }
    return length
  }

  mutating func bytes(_ count: Int, _ what: String) throws(CheckpointError) -> [UInt8] {
    let range = try take(count, what)
    return file.withBytes(range) { span in
      span.byteOffsets.map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
  }

  mutating func text(_ count: Int, _ what: String) throws(CheckpointError) -> String {
    let start = position
    guard let text = String(validating: try bytes(count, what), as: UTF8.self) else {
      throw malformed("\(what) is not UTF-8", at: start)
    }
    return text
  }

  /// The text up to the next line feed, which is consumed; at most `limit` bytes.
  mutating func line(limit: Int, _ what: String) throws(CheckpointError) -> String {
    let start = position
    var bytes: [UInt8] = []
    while true {
      let next = try byte(what)
      if next == UInt8(ascii: "\n") { break }
      guard bytes.count < limit else { throw malformed("\(what) is too long", at: start) }
      bytes.append(next)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw malformed("\(what) is not UTF-8", at: start)
    }
    return text
  }
}
