internal import Basics
internal import Glibc

/// The lines of a part of a file of records, one by one.
struct RecordLines: Sendable {
  /// A line without its end.
  struct Line: Sendable, Equatable {
    var bytes: [UInt8]
  }

  private let descriptor: Int32
  /// Where the next bytes are read, and where the lines end.
  private var offset: Int
  private let end: Int
  private var buffer: [UInt8] = []
  private var position = 0
  /// Where the line lies that comes next.
  private(set) var start: Int

  private static let chunk = 1 << 18

  /// The lines between two offsets of an open file, the first of which is the beginning of a line.
  init(_ descriptor: Int32, from start: Int, to end: Int) {
    self.descriptor = descriptor
    self.start = start
    self.end = end
    offset = start
  }

  /// The next line; nil where there is none that has an end.
  ///
  /// - Throws: what the system says.
  mutating func next() throws(SystemError) -> Line? {
    var searched = position
    while true {
      if let lineEnd = Self.lineFeed(in: buffer, from: searched) {
        let line = Line(bytes: Array(buffer[position..<lineEnd]))
        start += lineEnd + 1 - position
        position = lineEnd + 1
        return line
      }
      buffer.removeFirst(position)
      position = 0
      searched = buffer.count
      let more = try FileBytes.read(
        descriptor, at: offset, count: min(Self.chunk, end - offset))
      guard !more.isEmpty else { return nil }
      offset += more.count
      buffer += more
    }
  }

  private static func lineFeed(in bytes: [UInt8], from start: Int) -> Int? {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, start < buffer.count else { return nil }
      let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), buffer.count - start)
      return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
    }
  }
}

extension RecordLines.Line {
  private static let beginning = Array("{\"path\": ".utf8)
  private static let failure = Array(", \"error\": \"".utf8)

  /// The path of the record, as the JSON string that it is; nil of what is no record of a file.
  var path: [UInt8]? { pathRange.map { Array(bytes[$0]) } }

  /// Whether the line is whole, as far as a disk that lost power may leave it otherwise.
  var isRecord: Bool {
    bytes.last == UInt8(ascii: "}") && pathRange != nil && !isTorn
  }

  /// Whether it has bytes that were never written.
  var isTorn: Bool { bytes.contains(0) }

  /// Whether the record says why an image could not be classified.
  var isFailure: Bool {
    pathRange.map { bytes[$0.upperBound...].starts(with: Self.failure) } ?? false
  }

  private var pathRange: Range<Int>? {
    let first = Self.beginning.count
    guard bytes.starts(with: Self.beginning), bytes.count > first,
      bytes[first] == UInt8(ascii: "\"")
    else { return nil }
    var index = first + 1
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\"): index += 2
      case UInt8(ascii: "\""): return first..<index + 1
      default: index += 1
      }
    }
    return nil
  }
}
