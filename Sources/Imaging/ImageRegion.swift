internal import Basics

/// The part of an image that is looked at: a rectangle in fractions of the sides of the image, the right way up.
public struct ImageRegion: Sendable, Equatable, CustomStringConvertible {
  /// Where it begins, from the left and from the top, 0 to below 1.
  public let x, y: Double
  /// Its sides, ``leastSide`` to 1.
  public let width, height: Double

  /// All of an image.
  public static let whole = ImageRegion()

  private init() {
    x = 0
    y = 0
    width = 1
    height = 1
  }

  /// A part with a shorter side is none: of a frame of 1920x1080 that would be ten rows.
  public static let leastSide = 0.01

  /// A part; nil where it is too small or not inside the image.
  public init?(x: Double, y: Double, width: Double, height: Double) {
    let sides = Self.leastSide...1
    // Fractions of pixels need not be exact.
    guard sides.contains(width), sides.contains(height), x >= 0, y >= 0, x + width <= 1 + 1e-6,
      y + height <= 1 + 1e-6
    else { return nil }
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// From the four numbers as ``description`` has them; nil where they are no part.
  public init?(_ text: some StringProtocol) {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false)
    let values = numbers.compactMap { Double($0) }
    guard numbers.count == 4, values.count == 4 else { return nil }
    self.init(x: values[0], y: values[1], width: values[2], height: values[3])
  }

  /// Left, top, width and height, as `0.25,0.25,0.5,0.5`.
  public var description: String {
    [x, y, width, height].map { Decimal.short($0, 4) }.joined(separator: ",")
  }

  /// Some pixels of an image of `width` x `height`; nil where they are too few or not inside the image.
  public init?(_ box: PixelBox, width: Int, height: Int) {
    guard box.fits(height: height, width: width) else { return nil }
    self.init(
      x: Double(box.left) / Double(width), y: Double(box.top) / Double(height),
      width: Double(box.width) / Double(width), height: Double(box.height) / Double(height))
  }

  /// The pixels of an image of `width` x `height` that are nearest to it, at least one.
  public func box(width: Int, height: Int) -> PixelBox {
    func span(_ start: Double, _ length: Double, of side: Int) -> Range<Int> {
      let first = min(side - 1, Int((start * Double(side)).rounded()))
      let end = min(side, Int(((start + length) * Double(side)).rounded()))
      return first..<max(first + 1, end)
    }
    let (rows, columns) = (span(y, self.height, of: height), span(x, self.width, of: width))
    return PixelBox(
      top: rows.lowerBound, left: columns.lowerBound, height: rows.count, width: columns.count)
  }
}

extension Image {
  /// A part of it, every pixel as it is.
  public func part(_ region: ImageRegion) -> Image {
    let box = region.box(width: width, height: height)
    var result = Image(width: box.width, height: box.height)
    var resampler = Resampler()
    resampler.resample(
      self, box: box, height: box.height, width: box.width,
      window: PixelBox(top: 0, left: 0, height: box.height, width: box.width), into: &result)
    return result
  }
}
