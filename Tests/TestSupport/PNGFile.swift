/// Bytes of a PNG file of 8-bit RGB, not compressed: images made by tests.
///
/// - Parameters:
///   - width: pixels.
///   - height: pixels.
///   - color: red, green and blue at a column and row.
/// - Returns: the whole file.
public func pngFile(
  width: Int, height: Int, color: (_ x: Int, _ y: Int) -> (UInt8, UInt8, UInt8)
) -> [UInt8] {
  var scanlines: [UInt8] = []
  for y in 0..<height {
    scanlines.append(0)  // no filter
    for x in 0..<width {
      let (red, green, blue) = color(x, y)
      scanlines += [red, green, blue]
    }
  }
  return pngFile(
    header: bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0],
    scanlines: scanlines)
}

/// Bytes of a PNG file with the data of its IHDR chunk, and what its IDAT chunk unpacks to.
func pngFile(header: [UInt8], scanlines: [UInt8]) -> [UInt8] {
  [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + pngChunk("IHDR", header)
    + pngChunk("IDAT", storedZlibStream(scanlines)) + pngChunk("IEND", [])
}

func bigEndian(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

/// A chunk of a PNG file.
public func pngChunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
  let body = Array(name.utf8) + data
  var crc: UInt32 = .max
  for byte in body {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return bigEndian(UInt32(data.count)) + body + bigEndian(~crc)
}

/// RFC 1950 around the stored blocks of RFC 1951.
public func storedZlibStream(_ data: [UInt8]) -> [UInt8] {
  var stream: [UInt8] = [0x78, 0x01]
  var start = 0
  repeat {
    let end = min(start + 65_535, data.count)
    let length = UInt16(end - start)
    stream.append(end == data.count ? 1 : 0)
    for half in [length, ~length] {
      stream += [UInt8(truncatingIfNeeded: half), UInt8(truncatingIfNeeded: half >> 8)]
    }
    stream += data[start..<end]
    start = end
  } while start < data.count
  var a: UInt32 = 1
  var b: UInt32 = 0
  for byte in data {
    a = (a + UInt32(byte)) % 65_521
    b = (b + a) % 65_521
  }
  return stream + bigEndian(b << 16 | a)
}
