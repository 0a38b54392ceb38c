import CV4L2

/// Seconds a frame, as a fraction.
public struct FrameInterval: Sendable, Equatable {
  /// The fraction's upper part.
  public var numerator: Int
  /// The fraction's lower part.
  public var denominator: Int

  /// A fraction of a second; both parts are positive.
  public init(numerator: Int, denominator: Int) {
    precondition(numerator > 0 && denominator > 0)
    self.numerator = numerator
    self.denominator = denominator
  }

  init?(_ interval: cv_interval) {
    guard interval.numerator > 0, interval.denominator > 0 else { return nil }
    self.init(numerator: Int(interval.numerator), denominator: Int(interval.denominator))
  }

  /// Its length.
  public var seconds: Double { Double(numerator) / Double(denominator) }
  /// Frames a second.
  public var rate: Double { Double(denominator) / Double(numerator) }
}

/// A size that a camera offers in a format, and the rates it has there.
public struct CameraMode: Sendable, Equatable {
  /// The pixel format.
  public var code: FourCC
  /// Columns of pixels.
  public var width: Int
  /// Rows of pixels.
  public var height: Int
  /// Shortest first; empty when the driver does not say.
  public var intervals: [FrameInterval]

  /// A mode by its parts.
  public init(code: FourCC, width: Int, height: Int, intervals: [FrameInterval]) {
    self.code = code
    self.width = width
    self.height = height
    self.intervals = intervals
  }
}

/// Sizes worth trying where a driver offers a whole range.
private let usualSizes = [
  (160, 120), (320, 180), (320, 240), (352, 288), (424, 240), (480, 270), (512, 384), (640, 360),
  (640, 480), (800, 600), (960, 540), (1024, 768), (1280, 720), (1280, 960), (1920, 1080),
  (2560, 1440), (3840, 2160),
]

extension VideoDevice {
  /// All modes, in the driver's order; for a range of sizes the usual ones, its ends and `size`.
  func modes(including size: FrameSize?) throws(CameraError) -> [CameraMode] {
    var modes: [CameraMode] = []
    for format in pixelFormats() {
      let code = FourCC(format.code)
      for (width, height) in sizes(code, including: size) {
        let intervals = intervals(code, width, height).compactMap { FrameInterval($0) }
        modes.append(
          CameraMode(
            code: code, width: width, height: height,
            intervals: intervals.sorted { $0.seconds < $1.seconds }))
      }
    }
    if modes.isEmpty {  // A driver that lists nothing still has a current format.
      let now = try format()
      modes.append(
        CameraMode(
          code: FourCC(now.code), width: Int(now.width), height: Int(now.height), intervals: []))
    }
    return modes
  }

  private func sizes(_ code: FourCC, including size: FrameSize?) -> [(Int, Int)] {
    frameSizes(code).flatMap { range -> [(Int, Int)] in
      let low = (Int(range.minimum_width), Int(range.minimum_height))
      let high = (Int(range.maximum_width), Int(range.maximum_height))
      guard low != high else { return [low] }
      let steps = (max(1, Int(range.step_width)), max(1, Int(range.step_height)))
      let wanted = usualSizes + (size.map { [($0.width, $0.height)] } ?? [])
      let within = wanted.filter { width, height in
        (low.0...high.0).contains(width) && (low.1...high.1).contains(height)
          && (width - low.0) % steps.0 == 0 && (height - low.1) % steps.1 == 0
      }
      return [low] + within + [high]
    }
  }
}
