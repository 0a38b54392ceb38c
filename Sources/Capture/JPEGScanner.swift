/// Follows a JPEG file's markers from its start to its end, over bytes that may still be arriving.
///
/// It finds where a frame ends in a stream: thumbnails in APP segments contain whole JPEG files, so
/// looking for FF D9 is not enough. What lies between segments is passed over as libjpeg passes over it, so that a frame
/// that libjpeg can read is not refused here. Markers and segments: ITU-T T.81, annex B.
package struct JPEGScanner: Sendable {
  /// What is wrong with a frame.
  package enum Damage: String, Sendable {
    case noStart = "does not start as a JPEG"
    case truncated = "ends too early"
    case badMarker = "has a damaged marker"
    case badSize = "has no valid size"
    case noImage = "has no image"
  }

  /// How far the scan is.
  package enum Progress: Sendable, Equatable {
    /// The bytes so far are the start of a frame.
    case needsMore
    /// The frame ends before this offset: with an end marker, or where another one starts.
    case complete(end: Int)
    /// The frame is damaged; another may start at or after this offset.
    case damaged(Damage, resume: Int)
  }

  private enum Phase { case start, marker, image }

  private var phase = Phase.start
  private var position = 0
  /// Where the frame starts: of several start markers before an image the last one counts.
  package private(set) var start = 0
  /// Whether image data have begun.
  package private(set) var hasImage = false
  /// Whether there is an end marker.
  package private(set) var hasEnd = false
  /// Columns, once the frame header has been seen.
  package private(set) var width = 0
  /// Rows, once the frame header has been seen.
  package private(set) var height = 0

  /// A comment, or what an application wrote, whose length is nonsense: it would reach over the picture's own segments.
  ///
  /// To be left out for decoders, which believe it.
  private(set) var mangled: Range<Int>?

  /// What stood before the start marker that counts.
  private var outer: Outer?

  /// A picture within which another one begins: a thumbnail, if the length of its segment is nonsense.
  private struct Outer: Sendable {
    var start: Int
    /// Where the last segment before the other picture begins.
    var segment: Int
    var hasHuffmanTables: Bool
  }

  /// Where the last segment begins, and where it says that it ends.
  private var (segment, segmentEnd) = (0, 0)

  /// Whether a Huffman table has been seen; frames of some cameras leave the standard ones out.
  private(set) var hasHuffmanTables = false

  /// A scanner at the start of a frame.
  package init() {}

  /// Continues over `bytes`, which start with the frame's first byte and may have grown.
  package mutating func advance(in bytes: Span<UInt8>) -> Progress {
    while true {
      let step: Progress? =
        switch phase {
        case .start: begin(bytes)
        case .marker: marker(bytes)
        case .image: image(bytes)
        }
      if let step { return step }
    }
  }

  private mutating func begin(_ bytes: Span<UInt8>) -> Progress? {
    guard bytes.count >= 2 else { return .needsMore }
    guard bytes[0] == 0xFF, bytes[1] == 0xD8 else { return .damaged(.noStart, resume: 1) }
    position = 2
    phase = .marker
    return nil
  }

  /// A frame cut within its headers makes the scan jump into the next one, which may start anywhere after this one's start.
  private func damaged(_ damage: Damage) -> Progress { .damaged(damage, resume: start + 2) }

  /// The next marker before the image; bytes that are none are passed over.
  private mutating func marker(_ bytes: Span<UInt8>) -> Progress? {
    while position < bytes.count, bytes[position] != 0xFF { position += 1 }
    guard position + 2 <= bytes.count else { return .needsMore }
    let code = bytes[position + 1]
    switch code {
    case 0xFF:  // fill bytes may precede a marker
      position += 1
    case 0x00, 0x01, 0xD0...0xD7:
      position += 2
    case 0xD8:
      let place = position
      let before = Outer(start: start, segment: segment, hasHuffmanTables: hasHuffmanTables)
      // Where a frame breaks off and the next one begins, that is right behind the JFIF header, in which no thumbnail is.
      let isWithin = segment > start && (place > segmentEnd || bytes[segment + 1] != 0xE0)
      self = JPEGScanner()
      if isWithin { outer = before }
      start = place
      position = place + 2
      phase = .marker
    case 0xD9:
      return damaged(.noImage)
    case 0x02...0xBF:
      return damaged(.badMarker)
    default:
      return segment(code, bytes)
    }
    return nil
  }

  private mutating func segment(_ code: UInt8, _ bytes: Span<UInt8>) -> Progress? {
    guard position + 4 <= bytes.count else { return .needsMore }
    let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
    // Of comments and what applications write nothing is needed, so that it may be nonsense.
    let isNeeded = !(0xE0...0xEF).contains(code) && code != 0xFE
    guard length >= 2 || !isNeeded else { return damaged(.badMarker) }
    let end = position + 2 + max(2, length)
    (segment, segmentEnd) = (position, end)
    guard end <= bytes.count else { return .needsMore }
    if isNeeded, let other = Self.startMarker(in: bytes, position..<end) {
      return .damaged(.truncated, resume: other)
    }
    if !isNeeded, length > 2, !Self.isMarker(in: bytes, at: end) {
      if end + 2 > bytes.count { return .needsMore }
      switch JPEGStructure.found(in: bytes, position + 4..<end) {
      case .picture(let place): return .damaged(.truncated, resume: place)
      case .segment(let place):
        mangled = position..<place
        position = place
        return nil
      case nil: break
      }
    }
    let isFrameHeader = (0xC0...0xCF).contains(code) && ![0xC4, 0xC8, 0xCC].contains(code)
    if isFrameHeader {
      guard length >= 8 else { return damaged(.badSize) }
      height = Int(bytes[position + 5]) << 8 | Int(bytes[position + 6])
      width = Int(bytes[position + 7]) << 8 | Int(bytes[position + 8])
      guard width > 0, height > 0 else { return damaged(.badSize) }
    }
    if code == 0xC4 { hasHuffmanTables = true }
    if code == 0xDA {
      guard width > 0 else { return damaged(.badSize) }
      hasImage = true
      phase = .image
    }
    position = end
    return nil
  }

  /// Whether a marker stands there, as behind each segment.
  private static func isMarker(in bytes: Span<UInt8>, at place: Int) -> Bool {
    guard place + 2 <= bytes.count, bytes[place] == 0xFF else { return false }
    let code = bytes[place + 1]
    return code >= 0xC0 && !(0xD0...0xD7).contains(code)
  }

  /// Where another frame starts within a segment, whose own numbers are never these.
  private static func startMarker(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    range.dropLast(2).first { place in
      bytes[place] == 0xFF && bytes[place + 1] == 0xD8 && bytes[place + 2] == 0xFF
    }
  }

  /// Goes on with the picture around a thumbnail that has just ended.
  private mutating func resume(_ outer: Outer) -> Progress? {
    let end = position + 2
    self = JPEGScanner()
    start = outer.start
    mangled = outer.segment..<end
    hasHuffmanTables = outer.hasHuffmanTables
    (segment, segmentEnd, position, phase) = (end, end, end, .marker)
    return nil
  }

  /// Nothing but an end or a start ends an image: further scans and their tables contain neither, and a length that damage has
  /// made up must not lead into the next frame.
  private mutating func image(_ bytes: Span<UInt8>) -> Progress? {
    while position + 1 < bytes.count {
      guard bytes[position] == 0xFF else {
        position += 1
        continue
      }
      switch bytes[position + 1] {
      case 0xD9:
        if let outer {
          // One segment more than the picture's end tells it from a thumbnail.
          guard position + 4 <= bytes.count else { return .needsMore }
          if Self.isMarker(in: bytes, at: position + 2), bytes[position + 3] != 0xD8 {
            return resume(outer)
          }
        }
        hasEnd = true
        return .complete(end: position + 2)
      case 0xD8: return .complete(end: position)
      case 0xFF: position += 1
      default: position += 2
      }
    }
    return .needsMore
  }
}
