import CImaging

/// libjpeg's decompressor, kept between pictures.
@safe struct JPEGDecoder: ~Copyable {
  private let handle: OpaquePointer?

  init() {
    unsafe handle = ci_jpeg_create()
  }

  deinit {
    if let handle = unsafe handle { unsafe ci_jpeg_destroy(handle) }
  }

  /// Decodes into `image`; returns libjpeg's warnings.
  func decode(
    _ bytes: RawSpan, pixelLimit: Int, shortEdge: Int?, into image: inout Image
  ) throws(ImageError) -> [String] {
    guard let handle = unsafe handle else { throw .outOfMemory(kind: "JPEG") }
    try unsafe bytes.withUnsafeBytes { (bytes) throws(ImageError) in
      guard let start = bytes.baseAddress else { throw .empty }
      let source = unsafe start.assumingMemoryBound(to: UInt8.self)
      var width: Int32 = 0
      var height: Int32 = 0
      try unsafe check(ci_jpeg_open(handle, source, bytes.count, &width, &height), handle)
      guard Int(width) * Int(height) <= pixelLimit else {
        throw .tooLarge(width: Int(width), height: Int(height), limit: pixelLimit)
      }
      let eighths =
        shortEdge.map {
          Int32(ImageDecoder.eighths(of: Int(min(width, height)), for: $0))
        } ?? 8
      try unsafe check(ci_jpeg_set_scale(handle, eighths, &width, &height), handle)
      image.reshape(width: Int(width), height: Int(height))
      let status = image.withMutablePixels { pixels in
        unsafe pixels.withUnsafeMutableBufferPointer { pixels in
          // An image has at least one pixel, so there is an address.
          unsafe pixels.baseAddress.map { unsafe ci_jpeg_decode(handle, $0) } ?? .noMemory
        }
      }
      try unsafe check(status, handle)
    }
    return unsafe warnings(handle)
  }

  private func check(
    _ status: ci_jpeg_status, _ handle: OpaquePointer
  ) throws(ImageError) {
    switch status {
    case .ok: return
    case .truncated: throw .truncated(kind: "JPEG")
    case .noMemory: throw .outOfMemory(kind: "JPEG")
    case .unsupported:
      throw .unsupportedVariant(
        kind: "JPEG", detail: unsafe String(cString: ci_jpeg_message(handle)))
    case .corrupt:
      throw .corrupt(kind: "JPEG", detail: unsafe String(cString: ci_jpeg_message(handle)))
    }
  }

  private func warnings(_ handle: OpaquePointer) -> [String] {
    let total = Int(unsafe ci_jpeg_warning_count(handle))
    guard total > 0 else { return [] }
    var texts: [String] = []
    while let text = unsafe ci_jpeg_warning(handle, Int32(texts.count)) {
      texts.append(unsafe String(cString: text))
    }
    return total > texts.count ? texts + ["\(total - texts.count) more like these"] : texts
  }
}

extension ImageDecoder {
  /// The smallest scale of the inverse transform, in eighths, that leaves `target` pixels of `shortEdge`: what becomes of
  /// ``fastDecodeShortEdge``.
  ///
  /// Only halvings: libjpeg has fast code for them and not for the other eighths.
  package static func eighths(of shortEdge: Int, for target: Int) -> Int {
    [1, 2, 4].first { (shortEdge * $0 + 7) / 8 >= target } ?? 8
  }
}
