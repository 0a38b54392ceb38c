import CSPNG

/// Reads the rows of a PNG in order.
///
/// The rows of an interlaced one come in up to seven passes over the image, one after another in the file. Each pass is
/// read by a context of its own, which has read past the passes before: that costs the time of reading the file twice and
/// spares holding the image.
struct PNGDecoder {
  private static let stripRows = 16

  /// RGBA of one row, then what a context reads past.
  private var layers: [UInt8] = []
  /// Rows on their way.
  private var strip: [UInt8] = []

  /// Decodes a strip at a time, laid over white.
  mutating func decode<Taker: RowTaker & ~Copyable>(
    _ bytes: RawSpan, pixelLimit: Int, into taker: inout Taker
  ) throws(ImageError) {
    try unsafe bytes.withUnsafeBytes { (bytes) throws(ImageError) in
      let first = try unsafe PNGContext(bytes)
      let (width, height) = (first.width, first.height)
      guard width * height <= pixelLimit else {
        throw .tooLarge(width: width, height: height, limit: pixelLimit)
      }
      let orientation = unsafe Orientation(png: bytes.bytes)
      _ = taker.begin(width: width, height: height, orientation: orientation)
      if layers.count < width * 8 { layers = [UInt8](repeating: 0, count: width * 8) }
      let size = (Self.stripRows + 1) * width * 3
      if strip.count < size { strip = [UInt8](repeating: 0, count: size) }
      let contexts = try unsafe contexts(first, bytes)
      for top in stride(from: 0, to: height, by: Self.stripRows) {
        let rows = top..<min(top + Self.stripRows, height)
        for row in rows {
          for context in contexts where context.nextRow == row {
            var span = layers.mutableSpan
            try context.read(into: &span, at: 0)
          }
          layOverWhite(row: row - top, width: width)
        }
        taker.add(strip.span, stride: width * 3, rows: rows, firstColumn: 0)
      }
    }
  }

  /// A context for each pass that has pixels, ready to read its first row.
  private mutating func contexts(
    _ first: PNGContext, _ bytes: UnsafeRawBufferPointer
  ) throws(ImageError) -> [PNGContext] {
    try first.start()
    var contexts = [first]
    guard first.isInterlaced else { return contexts }
    while let pass = contexts.last?.pass {
      let next = try unsafe PNGContext(bytes)
      try next.start()
      // Past the passes that the others read, to the next one that has pixels.
      while next.nextRow != nil, let own = next.pass, own <= pass {
        var span = layers.mutableSpan
        try next.read(into: &span, at: next.width * 4)
      }
      guard next.nextRow != nil else { break }
      contexts.append(next)
    }
    return contexts
  }

  /// `(colour · alpha + 255 · (255 - alpha)) / 255`, rounded; alpha is straight.
  private mutating func layOverWhite(row: Int, width: Int) {
    let rgba = layers
    let layers = rgba.span
    var target = strip.mutableSpan
    var place = row * width * 3
    for pixel in 0..<width {
      let alpha = Int(layers[pixel * 4 + 3])
      for channel in 0..<3 {
        let sum = Int(layers[pixel * 4 + channel]) * alpha + 255 * (255 - alpha)
        target[place + channel] = UInt8((sum + 127) / 255)
      }
      place += 3
    }
  }
}

/// libspng's context for one image.
@safe private final class PNGContext {
  private let handle: OpaquePointer
  let width: Int
  let height: Int
  let isInterlaced: Bool
  /// The row that is read next; nil at the end.
  private(set) var nextRow: Int?
  /// The pass that it is of.
  private(set) var pass: Int?

  /// `bytes` must stay valid.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    guard let handle = unsafe spng_ctx_new(0) else { throw .outOfMemory(kind: "PNG") }
    unsafe self.handle = handle
    var header = spng_ihdr()
    do {
      try unsafe Self.check(spng_set_png_buffer(handle, bytes.baseAddress, bytes.count))
      // A damaged text or profile is no reason to refuse an image, a huge one none to take memory.
      try unsafe Self.check(
        spng_set_crc_action(
          handle, Int32(SPNG_CRC_ERROR.rawValue), Int32(SPNG_CRC_DISCARD.rawValue)))
      try unsafe Self.check(spng_set_chunk_limits(handle, 64 << 20, 64 << 20))
      try unsafe Self.check(spng_get_ihdr(handle, &header))
    } catch {
      unsafe spng_ctx_free(handle)
      throw error
    }
    width = Int(header.width)
    height = Int(header.height)
    isInterlaced = header.interlace_method != 0
  }

  deinit { unsafe spng_ctx_free(handle) }

  /// Begins with the first row.
  func start() throws(ImageError) {
    try unsafe Self.check(
      spng_decode_image(
        handle, nil, 0, Int32(SPNG_FMT_RGBA8.rawValue),
        Int32(SPNG_DECODE_TRNS.rawValue | SPNG_DECODE_PROGRESSIVE.rawValue)))
    try findNext()
  }

  /// Reads the pixels of the next row that its pass has, RGBA with straight alpha, to their places in a row.
  func read(into row: inout MutableSpan<UInt8>, at place: Int) throws(ImageError) {
    let (handle, count) = unsafe (handle, width * 4)
    let status = unsafe row.withUnsafeMutableBufferPointer { row in
      unsafe spng_decode_row(handle, row.baseAddress.map { unsafe $0 + place }, count)
    }
    if status == SPNG_EOI.rawValue {
      nextRow = nil
      pass = nil
    } else {
      try Self.check(status)
      try findNext()
    }
  }

  private func findNext() throws(ImageError) {
    var info = spng_row_info()
    try unsafe Self.check(spng_get_row_info(handle, &info))
    nextRow = Int(info.row_num)
    pass = Int(info.pass)
  }

  private static func check(_ status: Int32) throws(ImageError) {
    switch status {
    case 0: return
    case SPNG_IO_EOF.rawValue: throw .truncated(kind: "PNG")
    case Int32(SPNG_EMEM.rawValue): throw .outOfMemory(kind: "PNG")
    default:
      throw .corrupt(kind: "PNG", detail: unsafe String(cString: spng_strerror(status)))
    }
  }
}
