package import Basics

/// A picture to classify: a file, the bytes of one, or pixels.
public struct Picture: Sendable {
  /// Where the picture is.
  enum Content {
    case path(PathName)
    case file([UInt8])
    case pixels([UInt8], stride: Int, width: Int, height: Int)
    case lentFile(LentBytes)
    case lentPixels(LentBytes, stride: Int, width: Int, height: Int)
  }

  let content: Content

  /// A JPEG or PNG file, which is read when it is classified.
  public init(path: String) { self.init(path: PathName(path)) }

  /// The bytes of a JPEG or PNG file.
  public init(file: [UInt8]) { content = .file(file) }

  /// Pixels.
  ///
  /// - Parameters:
  ///   - pixels: RGB, `[height, width, 3]`, rows from the top, without padding.
  ///   - width: pixels in a row.
  ///   - height: rows.
  /// - Throws: ``MMRLError`` when there are none, or not so many.
  public init(pixels: [UInt8], width: Int, height: Int) throws(MMRLError) {
    let stride = try Self.rowBytes(width: width, height: height)
    let (needed, overflows) = stride.multipliedReportingOverflow(by: height)
    guard !overflows, pixels.count == needed else {
      throw .argument(
        "\(pixels.count) bytes of pixels: a picture of \(width) x \(height) has 3 a pixel")
    }
    content = .pixels(pixels, stride: stride, width: width, height: height)
  }

  /// A file by the bytes of its path.
  package init(path: PathName) { content = .path(path) }

  /// The bytes of a file, which stay where they are and as they are until the picture is gone.
  @unsafe package init(lentFile: UnsafeRawBufferPointer) {
    content = .lentFile(unsafe LentBytes(lentFile))
  }

  /// Pixels, which stay where they are and as they are until the picture is gone.
  ///
  /// - Parameters:
  ///   - start: RGB, `[height, width, 3]`, rows from the top.
  ///   - stride: bytes from one row to the next; 0 for rows without padding.
  ///   - width: pixels in a row.
  ///   - height: rows.
  /// - Throws: ``MMRLError`` when there are none, or rows overlap.
  @unsafe package init(
    lentPixels start: UnsafeRawPointer, stride: Int, width: Int, height: Int
  ) throws(MMRLError) {
    let least = try Self.rowBytes(width: width, height: height)
    let stride = stride == 0 ? least : stride
    guard stride >= least else {
      throw .argument("rows of \(stride) bytes: \(width) pixels take \(least) at least")
    }
    let (rows, overflows) = stride.multipliedReportingOverflow(by: height - 1)
    let (count, exceeds) = rows.addingReportingOverflow(least)
    guard !overflows, !exceeds else {
      throw .argument("\(height) rows of \(stride) bytes are more than memory has")
    }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
    content = .lentPixels(
      unsafe LentBytes(bytes), stride: stride, width: width, height: height)
  }

  private static func rowBytes(width: Int, height: Int) throws(MMRLError) -> Int {
    let (bytes, overflows) = width.multipliedReportingOverflow(by: 3)
    guard width > 0, height > 0, !overflows else {
      throw .argument("\(width) x \(height) pixels: a picture has at least one")
    }
    return bytes
  }
}

/// Bytes of somebody else.
///
/// `@unchecked Sendable`: they are only read, and their owner leaves them as they are meanwhile.
@safe
struct LentBytes: @unchecked Sendable {
  private let bytes: UnsafeRawBufferPointer

  @unsafe init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

  /// Calls `body` with the bytes.
  func with<Result>(_ body: (RawSpan) -> Result) -> Result {
    body(unsafe RawSpan(_unsafeBytes: bytes))
  }

  /// Calls `body` with the bytes as numbers.
  func withNumbers<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    body(unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
  }
}
