/// JPEG files each with its time: SMJPEG, the simplest container that says both, which ffmpeg writes.
///
/// "\0\nSMJPEG", version and duration (4 bytes each), header blocks up to "HEND", then blocks: "vidD", milliseconds, size,
/// a JPEG; "DONE" at the end. Numbers are of 4 bytes, the highest first.
struct TimedJPEGs {
  private static let magic: [UInt8] = [0, 0x0A] + Array("SMJPEG".utf8)

  private var hasBegun = false

  /// The next frame from `start` on, which moves behind what was read; nil when more bytes are needed.
  mutating func next(in bytes: [UInt8], from start: inout Int) -> FrameSplitter.Piece? {
    while true {
      if !hasBegun {
        guard bytes.count - start >= 16 else { return nil }
        guard bytes[start..<start + 8].elementsEqual(Self.magic) else {
          start = bytes.count
          return .garbage("it is not of the form that was asked for")
        }
        start += 16
        hasBegun = true
      }
      guard bytes.count - start >= 4 else { return nil }
      let kind = String(decoding: bytes[start..<start + 4], as: UTF8.self)
      switch kind {
      case "HEND", "DONE":
        start += 4
      case "vidD", "sndD":
        guard bytes.count - start >= 12 else { return nil }
        let size = Self.number(bytes, start + 8)
        guard bytes.count - start - 12 >= size else { return nil }
        let range = start + 12..<start + 12 + size
        let milliseconds = Self.number(bytes, start + 4)
        start = range.upperBound
        if kind == "vidD" {
          return .frame(FrameSplitter.Frame(range: range, milliseconds: milliseconds))
        }
      default:  // a header block, which says its size
        guard bytes.count - start >= 8 else { return nil }
        let size = Self.number(bytes, start + 4)
        guard bytes.count - start - 8 >= size else { return nil }
        start += 8 + size
      }
    }
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
    bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
  }
}
