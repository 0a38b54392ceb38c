/// How Y'CbCr bytes stand for colours.
public struct ColourEncoding: Sendable, Equatable {
  /// The recommendation whose luma weights apply.
  public enum Matrix: Sendable, Equatable { case bt601, bt709, bt2020 }

  /// The luma weights.
  public var matrix: Matrix
  /// Luma takes 0 to 255 rather than 16 to 235.
  public var fullRange: Bool

  /// An encoding by its two parts.
  public init(matrix: Matrix, fullRange: Bool) {
    self.matrix = matrix
    self.fullRange = fullRange
  }

  /// What cameras and encoders mean when they say nothing.
  public static let standard = ColourEncoding(matrix: .bt601, fullRange: false)
}

/// The layout of a source's frames.
public struct FrameFormat: Sendable, Equatable {
  /// The pixel format.
  public var code: FourCC
  /// Columns of pixels.
  public var width: Int
  /// Rows of pixels.
  public var height: Int
  /// Bytes from a row of the first plane to the next; 0 for a compressed format.
  public var bytesPerLine: Int
  /// What Y'CbCr values mean.
  public var colour: ColourEncoding

  /// A format; without `bytesPerLine`, rows follow each other closely.
  public init(
    code: FourCC, width: Int, height: Int, bytesPerLine: Int? = nil,
    colour: ColourEncoding = .standard
  ) {
    self.code = code
    self.width = width
    self.height = height
    self.colour = colour
    self.bytesPerLine = bytesPerLine ?? Self.closeBytesPerLine(code, width)
  }

  private static func closeBytesPerLine(_ code: FourCC, _ width: Int) -> Int {
    switch code {
    case .yuyv, .uyvy: (width + 1) / 2 * 4
    case .rgb24: width * 3
    case .nv12, .yu12, .grey: width
    default: 0
    }
  }

  /// The bytes of a whole frame; nil when they vary (JPEG) or are not known (other formats).
  public var frameBytes: Int? {
    switch code {
    case .yuyv, .uyvy, .rgb24, .grey: bytesPerLine * height
    case .nv12: bytesPerLine * (height + (height + 1) / 2)
    case .yu12: bytesPerLine * height + 2 * ((bytesPerLine + 1) / 2) * ((height + 1) / 2)
    default: nil
    }
  }
}

extension FrameFormat: CustomStringConvertible {
  /// Size and code, as in 640x480 YUYV.
  public var description: String { "\(width)x\(height) \(code)" }
}
