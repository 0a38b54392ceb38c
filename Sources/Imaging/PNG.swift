import CSPNG

/// libspng's context for one image.
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

  /// All pixels, `[height, width, 4]` with straight alpha.
  func layers(width: Int, height: Int) throws(ImageError) -> [UInt8] {
    var layers = [UInt8](repeating: 0, count: width * height * 4)
    let status = unsafe layers.withUnsafeMutableBytes {
      unsafe spng_decode_image(
        handle, $0.baseAddress, $0.count, Int32(SPNG_FMT_RGBA8.rawValue),
        Int32(SPNG_DECODE_TRNS.rawValue))
    }
    try check(status)
    return layers
  }
}

/// Decodes a PNG, laid over white, into `image` and returns the orientation that its `eXIf` chunk states.
func decodePNG(
  _ bytes: RawSpan, pixelLimit: Int, into image: inout Image
) throws(ImageError) -> Orientation {
  let png = try PNGContext()
  return try unsafe bytes.withUnsafeBytes { (bytes) throws(ImageError) in
    try unsafe png.check(spng_set_png_buffer(png.handle, bytes.baseAddress, bytes.count))
    // A damaged text or profile is no reason to refuse an image, a huge one none to take memory.
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
    layOverWhite(try png.layers(width: width, height: height), into: &image)
    var exif = unsafe spng_exif()
    guard unsafe spng_get_exif(png.handle, &exif) == 0, let data = unsafe exif.data else {
      return .upright
    }
    let block = unsafe UnsafeRawBufferPointer(start: data, count: exif.length)
    return unsafe Orientation(tiff: block.bytes)
  }
}

/// `layers` is `[height, width, 4]` with straight alpha: `(colour · alpha + 255 · (255 - alpha)) / 255`, rounded.
private func layOverWhite(_ layers: [UInt8], into image: inout Image) {
  let layers = layers.span
  image.withMutablePixels { target in
    for pixel in 0..<layers.count / 4 {
      let alpha = Int(layers[pixel * 4 + 3])
      for channel in 0..<3 {
        let sum = Int(layers[pixel * 4 + channel]) * alpha + 255 * (255 - alpha)
        target[pixel * 3 + channel] = UInt8((sum + 127) / 255)
      }
    }
  }
}
