/// A pixel format's four-character code, as V4L2 names it.
public struct FourCC: Sendable, Hashable, CustomStringConvertible {
  /// The characters, the first in the lowest byte.
  public let rawValue: UInt32

  /// A code from its number.
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// Other names of formats that we read, those of ffmpeg among them.
  private static let otherNames = [
    "RGB24": rgb24, "BGR24": bgr24, "GRAY": grey, "GRAY8": grey, "Y8": grey, "I420": yu12,
    "IYUV": yu12, "YUV420": yu12, "YUV420P": yu12, "YUYV422": yuyv, "YUY2": yuyv,
    "UYVY422": uyvy, "MJPEG": mjpg,
  ]

  /// A code from one to four ASCII characters, in either case where only that is meant; or a longer name, as ffmpeg's
  /// yuv420p.
  public init?(_ name: String) {
    let upper = name.uppercased()
    if let code = Self.otherNames[upper] {
      self = code
      return
    }
    // Codes of other formats may contain small letters; ours are all capitals.
    let ours = Self.native.map(\.description)
    let text = ours.contains(upper) ? upper : name
    guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (32..<127).contains($0) })
    else { return nil }
    var value: UInt32 = 0
    for (place, byte) in (Array(text.utf8) + [32, 32, 32]).prefix(4).enumerated() {
      value |= UInt32(byte) << (8 * UInt32(place))
    }
    rawValue = value
  }

  private init(ascii: StaticString) {
    var value: UInt32 = 0
    ascii.withUTF8Buffer { bytes in
      for place in 0..<4 { value |= unsafe UInt32(bytes[place]) << (8 * UInt32(place)) }
    }
    rawValue = value
  }

  /// The characters, without the blanks at their end.
  public var description: String {
    // The highest bit says that samples are stored the other way round.
    let isBigEndian = rawValue >> 31 == 1
    var text = ""
    for place in 0..<4 {
      let byte = UInt8(truncatingIfNeeded: (rawValue & ~(1 << 31)) >> (8 * UInt32(place)))
      text.unicodeScalars.append((32..<127).contains(byte) ? Unicode.Scalar(byte) : "?")
    }
    while text.last == " " { text.removeLast() }
    return isBigEndian ? text + "-BE" : text
  }

  /// Motion JPEG: each frame a JPEG file.
  public static let mjpg = FourCC(ascii: "MJPG")
  /// The same under its other name.
  public static let jpeg = FourCC(ascii: "JPEG")
  /// Y'CbCr 4:2:2, packed as Y Cb Y Cr.
  public static let yuyv = FourCC(ascii: "YUYV")
  /// Y'CbCr 4:2:2, packed as Cb Y Cr Y.
  public static let uyvy = FourCC(ascii: "UYVY")
  /// Y'CbCr 4:2:0, a plane of Y and one of Cb Cr.
  public static let nv12 = FourCC(ascii: "NV12")
  /// Y'CbCr 4:2:0, planes of Y, Cb and Cr.
  public static let yu12 = FourCC(ascii: "YU12")
  /// Three bytes a pixel: red, green, blue.
  public static let rgb24 = FourCC(ascii: "RGB3")
  /// Three bytes a pixel: blue, green, red.
  public static let bgr24 = FourCC(ascii: "BGR3")
  /// One byte a pixel.
  public static let grey = FourCC(ascii: "GREY")

  /// What we read ourselves; other formats go through libv4lconvert.
  static let native: [FourCC] = [.mjpg, .jpeg, .yuyv, .uyvy, .nv12, .yu12, .rgb24, .bgr24, .grey]

  /// Each frame is a JPEG file.
  var isJPEG: Bool { self == .mjpg || self == .jpeg }
}
