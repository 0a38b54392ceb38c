/// A JPEG of any size in a small file and without its pixels in memory: the left half dark grey, the right half bright,
/// 4:2:0.
///
/// Each block is one bit for "as bright as the one before" and one for "nothing else" (ITU-T T.81, annex F; of a progressive
/// file only the first scan, annex G).
///
/// - Parameters:
///   - width: pixels.
///   - height: pixels.
///   - orientation: EXIF's, stated if it is not 1.
///   - isProgressive: whether a decoder has to keep all coefficients.
/// - Returns: the whole file.
public func largeJPEG(
  width: Int, height: Int, orientation: Int = 1, isProgressive: Bool = false
) -> [UInt8] {
  func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
    [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
  }
  var file: [UInt8] = [0xFF, 0xD8]
  if orientation != 1 { file += segment(0xE1, exifSegment(orientation: orientation)) }
  // All divisors are 16: a step of the mean of a block is 2.
  file += segment(0xDB, [0] + [UInt8](repeating: 16, count: 64))
  let sides = [height >> 8, height & 255, width >> 8, width & 255].map { UInt8($0) }
  file += segment(
    isProgressive ? 0xC2 : 0xC0, [8] + sides + [3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0])
  // Differences of 0, 6 and 7 bits: 0, 10, 110. The end of a block: 0.
  file += segment(0xC4, [0x00, 1, 1, 1] + [UInt8](repeating: 0, count: 13) + [0, 6, 7])
  file += segment(0xC4, [0x10, 1] + [UInt8](repeating: 0, count: 15) + [0])
  file += segment(0xDA, [3, 1, 0, 2, 0, 3, 0, 0, isProgressive ? 0 : 63, 0])
  var bits = BitWriter()
  let (columns, rows) = ((width + 15) / 16, (height + 15) / 16)
  let rest = isProgressive ? (bits: 0, count: 5) : (bits: 0, count: 11)
  for row in 0..<rows {
    for column in 0..<columns {
      switch (row, column) {
      case (0, 0): bits.append(0b10_001101, 8)  // 50 steps down
      case (_, 0): bits.append(0b110_0011011, 10)  // 100 steps down
      case (_, columns / 2): bits.append(0b110_1100100, 10)  // 100 steps up
      default: bits.append(0, 1)
      }
      bits.append(rest.bits, rest.count)
    }
  }
  return file + bits.finished() + [0xFF, 0xD9]
}

/// The payload of an APP1 segment that states an orientation.
public func exifSegment(orientation: Int) -> [UInt8] {
  [UInt8]("Exif\0\0II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0]
    + [UInt8(orientation), 0, 0, 0, 0, 0, 0, 0]
}

/// Bits of a JPEG's scan, most significant first.
private struct BitWriter {
  private var bytes: [UInt8] = []
  private var pending = 0
  private var count = 0

  mutating func append(_ bits: Int, _ count: Int) {
    pending = pending << count | bits
    self.count += count
    while self.count >= 8 {
      let byte = UInt8(truncatingIfNeeded: pending >> (self.count - 8))
      bytes.append(byte)
      // A zero tells data from a marker.
      if byte == 0xFF { bytes.append(0) }
      self.count -= 8
      pending &= (1 << self.count) - 1
    }
  }

  /// Filled up with ones.
  mutating func finished() -> [UInt8] {
    if count > 0 { append((1 << (8 - count)) - 1, 8 - count) }
    return bytes
  }
}

/// An interlaced PNG of one bit a pixel, the left half white, in seven passes (PNG, 8.2).
public func largeInterlacedPNG(width: Int, height: Int) -> [UInt8] {
  let passes = [
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
    (0, 1, 1, 2),
  ]
  var scanlines: [UInt8] = []
  for (left, top, acrossStep, downStep) in passes {
    let columns = Array(stride(from: left, to: width, by: acrossStep))
    guard !columns.isEmpty else { continue }
    var line = [UInt8](repeating: 0, count: 1 + (columns.count + 7) / 8)
    for (index, column) in columns.enumerated() where column < width / 2 {
      line[1 + index / 8] |= 0x80 >> UInt8(index % 8)
    }
    for _ in stride(from: top, to: height, by: downStep) { scanlines += line }
  }
  return pngFile(
    header: bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [1, 0, 0, 0, 1],
    scanlines: scanlines)
}
