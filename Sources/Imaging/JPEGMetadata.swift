/// What the segments before a JPEG's image say of it.
extension Orientation {
  /// What begins an XMP packet in a JPEG.
  private static let xmpIdentifier = [UInt8]("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// The orientation that a JPEG states in EXIF or XMP; upright where it states none.
  ///
  /// Segments are found as libjpeg finds them: what lies between them is passed over. EXIF that does not fit into a segment
  /// goes on in the next one.
  init(jpeg bytes: RawSpan) {
    var (exif, xmp): (Range<Int>?, Range<Int>?)
    var more: [Range<Int>] = []
    var offset = 2
    while let start = bytes.first(0xFF, from: offset) {
      offset = start + 1
      guard let marker = bytes.byte(offset) else { break }
      // A fill byte; a zero that belongs to what is passed over; markers that stand alone.
      if marker == 0xFF { continue }
      offset += 1
      if marker <= 0x01 || (0xD0...0xD8).contains(marker) { continue }
      guard marker != 0xDA, marker != 0xD9, let length = bytes.big16(offset), length >= 2 else {
        break
      }
      let payload = offset + 2
      offset += Int(length)
      guard marker == 0xE1, offset <= bytes.byteCount else { continue }
      // Not of what follows: a segment may be shorter than what it would begin with.
      let segment = bytes.extracting(payload..<offset)
      if segment.starts(with: Self.exifIdentifier) {
        if exif == nil {
          exif = payload..<offset
        } else {
          more.append(payload + Self.exifIdentifier.count..<offset)
        }
      } else if segment.starts(with: Self.xmpIdentifier) {
        xmp = payload + Self.xmpIdentifier.count..<offset
      }
    }
    if let exif, let stated = Self.stated(in: bytes, exif, more) {
      self = stated
    } else if let xmp, let stated = Orientation(xmp: bytes.extracting(xmp)) {
      self = stated
    } else {
      self = .upright
    }
  }

  private static func stated(
    in bytes: RawSpan, _ first: Range<Int>, _ more: [Range<Int>]
  ) -> Orientation? {
    guard !more.isEmpty else { return Orientation(exif: bytes.extracting(first)) }
    var block: [UInt8] = []
    for part in [first] + more {
      unsafe bytes.extracting(part).withUnsafeBytes { unsafe block.append(contentsOf: $0) }
    }
    return Orientation(exif: RawSpan(_elements: block.span))
  }
}
