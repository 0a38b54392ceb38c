import CSPNG

/// libspng's context for one picture.
@safe private struct PNGContext: ~Copyable {
  let handle: OpaquePointer

  init() throws(ImageError) {
    guard let handle = unsafe spng_ctx_new(0) else { throw .outOfMemory(kind: "PNG") }
    unsafe self.handle = handle
  }

  deinit { unsafe spng_ctx_free(handle) }

  func check(_ status: Int32) throws(ImageError) {
    switch status {
    case 0: return
    case SPNG_IO_EOF.rawValue: throw .truncated(kind: "PNG")
    case Int32(SPNG_EMEM.rawValue): throw .outOfMemory(kind: "PNG")
    default:
      throw .corrupt(kind: "PNG", detail: unsafe String(cString: spng_strerror(status)))
    }
  }

  func decode(
    _ format: spng_format, _ flags: Int32, into target: inout MutableSpan<UInt8>
  ) throws(ImageError) {
    let status = unsafe target.withUnsafeMutableBytes {
      unsafe spng_decode_image(
        handle, $0.baseAddress, $0.count, Int32(format.rawValue), flags)
    }
    try check(status)
  }
}

/// Decodes a PNG into `image` and returns the orientation that its `eXIf` chunk states.
func decodePNG(
  _ bytes: RawSpan, pixelLimit: Int, transparency: Transparency, into image: inout Image
) throws(ImageError) -> Orientation {
  let png = try PNGContext()
  return try unsafe bytes.withUnsafeBytes { (bytes) throws(ImageError) in
    try unsafe png.check(spng_set_png_buffer(png.handle, bytes.baseAddress, bytes.count))
    // A damaged text or profile is no reason to refuse a picture, a huge one none to take memory.
    try unsafe png.check(
      spng_set_crc_action(
        png.handle, Int32(SPNG_CRC_ERROR.rawValue), Int32(SPNG_CRC_DISCARD.rawValue)))
    try unsafe png.check(spng_set_chunk_limits(png.handle, 64 << 20, 64 << 20))
    var header = spng_ihdr()
    try unsafe png.check(spng_get_ihdr(png.handle, &header))
    let (width, height) = (Int(header.width), Int(header.height))
    guard width * height <= pixelLimit else {
      throw .tooLarge(width: width, height: height, limit: pixelLimit)
    }
    image.reshape(width: width, height: height)
    switch transparency {
    case .ignored:
      try image.withMutablePixels { (pixels) throws(ImageError) in
        try png.decode(SPNG_FMT_RGB8, 0, into: &pixels)
      }
    case .composited(let red, let green, let blue):
      var layers = [UInt8](repeating: 0, count: width * height * 4)
      var span = layers.mutableSpan
      try png.decode(SPNG_FMT_RGBA8, Int32(SPNG_DECODE_TRNS.rawValue), into: &span)
      image.withMutablePixels {
        lay(layers.span, over: [Int(red), Int(green), Int(blue)], into: &$0)
      }
    }
    var exif = unsafe spng_exif()
    guard unsafe spng_get_exif(png.handle, &exif) == 0, let data = unsafe exif.data else {
      return .upright
    }
    let block = unsafe UnsafeRawBufferPointer(start: data, count: exif.length)
    return unsafe Orientation(tiff: block.bytes)
  }
}

/// `layers` is `[pixels, 4]` with straight alpha, `target` `[pixels, 3]`.
private func lay(
  _ layers: Span<UInt8>, over background: [Int], into target: inout MutableSpan<UInt8>
) {
  for pixel in 0..<layers.count / 4 {
    let alpha = Int(layers[pixel * 4 + 3])
    for channel in 0..<3 {
      let sum = Int(layers[pixel * 4 + channel]) * alpha + background[channel] * (255 - alpha)
      target[pixel * 3 + channel] = UInt8((sum + 127) / 255)
    }
  }
}
