public import Imaging

/// The layout of a source's frames.
public struct FrameFormat: Sendable, Equatable {
  /// The pixel format.
  public var code: FourCC
  /// Columns of pixels.
  public var width: Int
  /// Rows of pixels.
  public var height: Int
  /// How the pixels lie; nil for JPEG and for formats that libv4lconvert reads.
  public var layout: FrameLayout?
  /// Bytes from a row of the first plane to the next, as the driver says; 0 when it does not.
  var bytesPerLine: Int

  /// A format; without `bytesPerLine`, rows follow each other closely.
  public init(
    code: FourCC, width: Int, height: Int, bytesPerLine: Int = 0,
    encoding: YCbCrEncoding = YCbCrEncoding()
  ) {
    self.code = code
    self.width = width
    self.height = height
    self.bytesPerLine = bytesPerLine
    layout = Self.pixelFormat(code).map {
      FrameLayout(
        format: $0, width: width, height: height,
        bytesPerLine: bytesPerLine == 0 ? nil : bytesPerLine, encoding: encoding)
    }
  }

  private static func pixelFormat(_ code: FourCC) -> PixelFormat? {
    switch code {
    case .yuyv: .yuyv
    case .uyvy: .uyvy
    case .nv12: .nv12
    case .yu12: .i420
    case .rgb24: .rgb24
    case .bgr24: .bgr24
    case .grey: .grey
    default: nil
    }
  }
}

extension FrameFormat: CustomStringConvertible {
  /// Size and code, as in 640x480 YUYV.
  public var description: String { "\(width)x\(height) \(code)" }
}
