/// How a camera was held: what must be done to its image before it is looked at.
///
/// Raw values are those of the Orientation tag, 0x0112 of EXIF 2.3 (JEITA CP-3451C, 4.6.4).
enum Orientation: UInt16, CaseIterable {
  case upright = 1
  case mirrored, turned180, flipped, transposed, turned90, transversed, turned270

  /// Whether width and height change places.
  var swapsSides: Bool { rawValue >= 5 }

  /// The orientation that a JPEG's EXIF states; upright where it states none that can be read.
  init(jpeg bytes: RawSpan) {
    self = .upright
    var offset = 2
    // Segments up to the first scan: FF, marker, two bytes of length that count themselves.
    while let start = bytes.big16(offset), start >> 8 == 0xFF {
      let marker = start & 0xFF
      if marker == 0xFF {  // fill byte
        offset += 1
        continue
      }
      guard marker != 0xDA, marker != 0xD9, let length = bytes.big16(offset + 2), length >= 2
      else { return }
      let payload = offset + 4
      let end = offset + 2 + Int(length)
      if marker == 0xE1, end <= bytes.byteCount, length >= 8,
        bytes.big32(payload) == 0x4578_6966, bytes.big16(payload + 4) == 0
      {
        self.init(tiff: bytes.extracting(payload + 6..<end))
        return
      }
      offset = end
    }
  }

  /// The orientation in an EXIF block, which has the form of a TIFF file.
  init(tiff: RawSpan) {
    self = .upright
    let isLittle = tiff.big16(0) == 0x4949
    guard isLittle || tiff.big16(0) == 0x4D4D else { return }
    func word(_ offset: Int) -> UInt16? {
      tiff.big16(offset).map { isLittle ? $0.byteSwapped : $0 }
    }
    func long(_ offset: Int) -> UInt32? {
      tiff.big32(offset).map { isLittle ? $0.byteSwapped : $0 }
    }
    guard word(2) == 42, let directory = long(4).map({ Int($0) }), let count = word(directory)
    else { return }
    for index in 0..<Int(count) {
      let entry = directory + 2 + index * 12
      guard let tag = word(entry) else { return }
      guard tag == 0x0112 else { continue }
      // One SHORT, left-justified in the four bytes of the value.
      guard word(entry + 2) == 3, long(entry + 4) == 1, let value = word(entry + 8) else { return }
      self = Orientation(rawValue: value) ?? .upright
      return
    }
  }

  /// Copies `source` the right way up into `target`, whose memory is used again.
  func apply(_ source: borrowing Image, to target: inout Image) {
    let (width, height) = (source.width, source.height)
    let columns = swapsSides ? height : width
    target.reshape(width: columns, height: swapsSides ? width : height)
    let last = width * height - 1
    // Where the first pixel goes, and how far apart two neighbours of a row and of a column land.
    let (origin, right, down) =
      switch self {
      case .upright: (0, 1, columns)
      case .mirrored: (columns - 1, -1, columns)
      case .turned180: (last, -1, -columns)
      case .flipped: (last - columns + 1, 1, -columns)
      case .transposed: (0, columns, 1)
      case .turned90: (columns - 1, columns, -1)
      case .transversed: (last, -columns, -1)
      case .turned270: (last - columns + 1, -columns, 1)
      }
    let from = source.pixels.span
    target.withMutablePixels { to in
      var read = 0
      for row in 0..<height {
        var write = (origin + row * down) * 3
        for _ in 0..<width {
          to[write] = from[read]
          to[write + 1] = from[read + 1]
          to[write + 2] = from[read + 2]
          read += 3
          write += right * 3
        }
      }
    }
  }
}

extension RawSpan {
  /// Two bytes, most significant first; nil outside the span.
  fileprivate func big16(_ offset: Int) -> UInt16? {
    guard offset >= 0, offset <= byteCount - 2 else { return nil }
    return UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// Four bytes, most significant first; nil outside the span.
  fileprivate func big32(_ offset: Int) -> UInt32? {
    guard offset >= 0, offset <= byteCount - 4 else { return nil }
    return UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}
