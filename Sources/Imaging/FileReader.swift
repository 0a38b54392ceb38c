/// Reads the rows of a file of either kind.
struct FileReader: ~Copyable {
  /// Images of more pixels are refused.
  var pixelLimit = ImageDecoder.usualPixelLimit
  /// See ``ImageDecoder/fastDecodeShortEdge``.
  var shortEdge: Int?
  private var jpeg = JPEGDecoder()
  private var png = PNGDecoder()

  /// What was odd about the JPEG last read, or given up.
  var jpegFindings: JPEGFindings { jpeg.findings }

  /// Has `taker` take the rows of bytes that are a JPEG whatever follows its start, and looks for data out of step.
  mutating func read<Taker: RowTaker & ~Copyable>(
    jpeg bytes: RawSpan, into taker: inout Taker
  ) throws(ImageError) {
    guard bytes.byteCount > 0 else { throw .empty }
    _ = try jpeg.decode(
      bytes, pixelLimit: pixelLimit, shortEdge: shortEdge, orientation: Orientation(jpeg: bytes),
      isFrame: true, into: &taker)
  }

  /// Has `taker` take the rows; returns the file's warnings.
  mutating func read<Taker: RowTaker & ~Copyable>(
    _ bytes: RawSpan, into taker: inout Taker
  ) throws(ImageError) -> [String] {
    guard bytes.byteCount > 0 else { throw .empty }
    switch ImageKind(bytes) {
    case nil: throw .unrecognised
    case .other(let name, _): throw .unsupportedKind(name)
    case .jpeg:
      return try jpeg.decode(
        bytes, pixelLimit: pixelLimit, shortEdge: shortEdge,
        orientation: Orientation(jpeg: bytes), into: &taker)
    case .png:
      if let mended = withoutEmptyExif(bytes) {
        try png.decode(RawSpan(_elements: mended.span), pixelLimit: pixelLimit, into: &taker)
      } else {
        try png.decode(bytes, pixelLimit: pixelLimit, into: &taker)
      }
      return []
    }
  }
}
