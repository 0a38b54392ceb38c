/// Follows a JPEG file's markers from its start to its end, over bytes that may still be arriving.
///
/// It finds where a frame ends in a stream (thumbnails in APP segments contain whole JPEG files, so
/// looking for FF D9 is not enough) and tells damaged frames without decoding them.
/// Markers and segments: ITU-T T.81, annex B.
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
    /// The frame ends before this offset.
    case complete(end: Int)
    /// The frame is damaged; another may start at or after this offset.
    case damaged(Damage, resume: Int)
  }

  private enum Phase { case start, marker, image }

  private var phase = Phase.start
  private var position = 0
  private var hasImage = false
  /// Columns, once the frame header has been seen.
  package private(set) var width = 0
  /// Rows, once the frame header has been seen.
  package private(set) var height = 0

  /// Whether a Huffman table has been seen; frames of some cameras leave the standard ones out.
  private(set) var hasHuffmanTables = false

  /// A scanner at the start of a frame.
  package init() {}

  /// Continues over `bytes`, which start with the frame's first byte and may have grown.
  package mutating func advance(in bytes: Span<UInt8>) -> Progress {
    while true {
      let step: Progress? =
        switch phase {
        case .start: start(bytes)
        case .marker: marker(bytes)
        case .image: image(bytes)
        }
      if let step { return step }
    }
  }

  /// Checks one whole frame; bytes after its end are ignored.
  package static func damage(in frame: Span<UInt8>) -> Damage? {
    var scanner = JPEGScanner()
    return scanner.damage(in: frame)
  }

  /// The same, from the start on, for who wants to know more of the frame afterwards.
  mutating func damage(in frame: Span<UInt8>) -> Damage? {
    switch advance(in: frame) {
    case .complete: return nil
    case .needsMore: return .truncated
    case .damaged(let damage, _): return damage
    }
  }

  // A frame cut within its headers makes the scan jump into the next one, which may start anywhere
  // after this one's start. Once the image has begun nothing is jumped over.
  private func damaged(_ damage: Damage) -> Progress {
    .damaged(damage, resume: hasImage ? position : 2)
  }

  private mutating func start(_ bytes: Span<UInt8>) -> Progress? {
    guard bytes.count >= 2 else { return .needsMore }
    guard bytes[0] == 0xFF, bytes[1] == 0xD8 else { return .damaged(.noStart, resume: 1) }
    position = 2
    phase = .marker
    return nil
  }

  private mutating func marker(_ bytes: Span<UInt8>) -> Progress? {
    guard position + 2 <= bytes.count else { return .needsMore }
    guard bytes[position] == 0xFF else { return damaged(.badMarker) }
    let code = bytes[position + 1]
    switch code {
    case 0xFF:  // fill bytes may precede a marker
      position += 1
    case 0x01, 0xD0...0xD7:
      position += 2
    case 0xD8:
      return damaged(.truncated)
    case 0xD9:
      return hasImage ? .complete(end: position + 2) : .damaged(.noImage, resume: position + 2)
    case 0x00, 0x02...0xBF:
      return damaged(.badMarker)
    default:
      return segment(code, bytes)
    }
    return nil
  }

  private mutating func segment(_ code: UInt8, _ bytes: Span<UInt8>) -> Progress? {
    guard position + 4 <= bytes.count else { return .needsMore }
    let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
    guard length >= 2 else { return damaged(.badMarker) }
    guard position + 2 + length <= bytes.count else { return .needsMore }
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
    position += 2 + length
    return nil
  }

  private mutating func image(_ bytes: Span<UInt8>) -> Progress? {
    while position + 1 < bytes.count {
      guard bytes[position] == 0xFF else {
        position += 1
        continue
      }
      switch bytes[position + 1] {
      case 0x00, 0xD0...0xD7: position += 2  // a stuffed FF, a restart
      case 0xFF: position += 1
      default:
        phase = .marker
        return nil
      }
    }
    return .needsMore
  }
}
