/// How a camera lays out the pixels of a frame that is not compressed.
///
/// Names are those of V4L2 (kernel documentation, "Image Formats").
public enum PixelFormat: String, Sendable, CaseIterable {
  /// 4:2:2 in one plane, Y Cb Y Cr.
  case yuyv
  /// 4:2:2 in one plane, Cb Y Cr Y.
  case uyvy
  /// 4:2:0, a plane of Y, then one of Cb Cr.
  case nv12
  /// 4:2:0, a plane of Y, of Cb, of Cr; V4L2's YU12.
  case i420
  /// Red, green, blue.
  case rgb24
  /// Blue, green, red.
  case bgr24
  /// Luminance only, 0...255.
  case grey

  /// The bytes of a row of the first plane without padding.
  public func bytesPerLine(width: Int) -> Int {
    switch self {
    case .yuyv, .uyvy: (width + 1) / 2 * 4
    // Rows of chroma hold whole pairs.
    case .nv12, .i420: (width + 1) / 2 * 2
    case .rgb24, .bgr24: width * 3
    case .grey: width
    }
  }

  /// The bytes of a frame; its last row may lack its padding.
  func byteCount(width: Int, height: Int, bytesPerLine: Int) -> Int {
    let chromaRows = (height + 1) / 2
    switch self {
    case .yuyv, .uyvy, .rgb24, .bgr24, .grey:
      return bytesPerLine * (height - 1) + self.bytesPerLine(width: width)
    case .nv12:
      return bytesPerLine * (height + chromaRows - 1) + self.bytesPerLine(width: width)
    case .i420:
      return bytesPerLine * height + bytesPerLine / 2 * (2 * chromaRows - 1) + (width + 1) / 2
    }
  }
}

/// What YCbCr numbers mean.
public struct YCbCrEncoding: Sendable, Equatable {
  /// The luminances of red and blue: ITU-R BT.601, BT.709, BT.2020 (non-constant luminance), SMPTE 240M.
  public enum Matrix: Sendable, CaseIterable {
    case bt601, bt709, bt2020, smpte240M

    /// The share of red and of blue in the luminance; green makes up the rest.
    public var luminances: (red: Double, blue: Double) {
      switch self {
      case .bt601: (0.299, 0.114)
      case .bt709: (0.2126, 0.0722)
      case .bt2020: (0.2627, 0.0593)
      case .smpte240M: (0.212, 0.087)
      }
    }
  }
  /// Limited: Y in 16...235, chroma in 16...240; full: all in 0...255.
  public enum Range: Sendable, CaseIterable {
    case limited, full
  }
  /// The standard.
  public var matrix: Matrix
  /// Which numbers are black and white.
  public var range: Range

  /// What cameras without other information send: BT.601, limited.
  public init(matrix: Matrix = .bt601, range: Range = .limited) {
    self.matrix = matrix
    self.range = range
  }
}

/// The layout of a camera's frames.
public struct FrameLayout: Sendable, Equatable {
  /// The order of samples.
  public var format: PixelFormat
  /// Pixels in a row, and rows.
  public var width, height: Int
  /// The distance of two rows of the first plane in bytes, padding included.
  public var bytesPerLine: Int
  /// For formats of luminance and chroma; without effect on `rgb24`, `bgr24` and `grey`.
  public var encoding: YCbCrEncoding

  /// A layout; without padding when `bytesPerLine` is nil.
  public init(
    format: PixelFormat, width: Int, height: Int, bytesPerLine: Int? = nil,
    encoding: YCbCrEncoding = YCbCrEncoding()
  ) {
    self.format = format
    self.width = width
    self.height = height
    self.bytesPerLine = bytesPerLine ?? format.bytesPerLine(width: width)
    self.encoding = encoding
  }

  /// The bytes that a frame has at least.
  public var byteCount: Int {
    format.byteCount(width: width, height: height, bytesPerLine: bytesPerLine)
  }

  var kind: String { "\(format) frame" }

  /// Whether a driver's answer makes sense at all.
  func check() throws(ImageError) {
    let limit = 1 << 15
    guard (1...limit).contains(width), (1...limit).contains(height) else {
      throw .corrupt(kind: kind, detail: "\(width) x \(height) pixels")
    }
    guard (format.bytesPerLine(width: width)...limit * 16).contains(bytesPerLine) else {
      throw .corrupt(kind: kind, detail: "\(bytesPerLine) bytes a row for \(width) pixels")
    }
  }
}
