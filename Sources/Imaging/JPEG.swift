import CImaging

/// libjpeg's decompressor, kept between images.
@safe struct JPEGDecoder: ~Copyable {
  private static let stripRows = 16

  private let handle: OpaquePointer?
  /// Rows on their way.
  private var strip: [UInt8] = []

  init() {
    unsafe handle = ci_jpeg_create()
  }

  deinit {
    if let handle = unsafe handle { unsafe ci_jpeg_destroy(handle) }
  }

  /// What was odd about the image last decoded, or given up.
  var findings: JPEGFindings {
    unsafe handle.map { unsafe JPEGFindings(ci_jpeg_found($0)) } ?? JPEGFindings()
  }

  /// Decodes a strip at a time, and of each row little more than `taker` needs; returns libjpeg's warnings.
  ///
  /// So memory does not grow with the image. Of a frame (`isFrame`) data that were read out of step are looked for, too, and it may
  /// lack pixels of the last row of blocks.
  ///
  /// Of a progressive file libjpeg holds all coefficients, two bytes for each sample, since each scan adds to them.
  mutating func decode<Taker: RowTaker & ~Copyable>(
    _ bytes: RawSpan, pixelLimit: Int, shortEdge: Int?, orientation: Orientation,
    isFrame: Bool = false, into taker: inout Taker
  ) throws(ImageError) -> [String] {
    try unsafe Self.withImage(
      handle, bytes, pixelLimit: pixelLimit, shortEdge: shortEdge, isFrame: isFrame
    ) {
      (handle, width, height) throws(ImageError) in
      let needed = taker.begin(width: Int(width), height: Int(height), orientation: orientation)
      var first = Int32(needed.lowerBound)
      var columns = Int32(needed.count)
      try unsafe Self.check(ci_jpeg_start(handle, &first, &columns), handle)
      let stride = Int(columns) * 3
      // The resampler likes to have something behind the last row.
      let size = (Self.stripRows + 1) * stride
      if strip.count < size { strip = [UInt8](repeating: 0, count: size) }
      for top in Swift.stride(from: 0, to: Int(height), by: Self.stripRows) {
        let rows = top..<min(top + Self.stripRows, Int(height))
        var span = strip.mutableSpan
        try unsafe Self.read(handle, rows: Int32(rows.count), into: &span)
        taker.add(strip.span, stride: stride, rows: rows, firstColumn: Int(first))
      }
    }
  }

  /// Opens an image for `body`, which reads it: the decompressor, width and height.
  private static func withImage(
    _ handle: OpaquePointer?, _ bytes: RawSpan, pixelLimit: Int, shortEdge: Int?,
    isFrame: Bool = false,
    _ body: (OpaquePointer, Int32, Int32) throws(ImageError) -> Void
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
      try unsafe body(handle, width, height)
      let status = unsafe ci_jpeg_finish(handle)
      if isFrame, status == .truncated, unsafe ci_jpeg_found(handle).lacks_rows == 0 {
        // As good as whole.
      } else {
        try unsafe check(status, handle)
      }
      if isFrame { unsafe ci_jpeg_check_codes(handle) }
    }
    return unsafe warnings(handle)
  }

  private static func read(
    _ handle: OpaquePointer, rows: Int32, into pixels: inout MutableSpan<UInt8>
  ) throws(ImageError) {
    let status = unsafe pixels.withUnsafeMutableBufferPointer { pixels in
      // There is at least one pixel, so there is an address.
      unsafe pixels.baseAddress.map { unsafe ci_jpeg_read(handle, $0, rows) } ?? .noMemory
    }
    try unsafe check(status, handle)
  }

  private static func check(
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

  private static func warnings(_ handle: OpaquePointer) -> [String] {
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
