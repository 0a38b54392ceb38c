/// An image in 8-bit RGB.
public struct Image: Sendable, Equatable {
  /// Pixels in a row.
  public private(set) var width: Int
  /// Rows.
  public private(set) var height: Int
  /// `[height, width, 3]`, rows from the top, without padding.
  public private(set) var pixels: [UInt8]

  /// Takes pixels as they are.
  ///
  /// - Precondition: `pixels.count == height · width · 3`, both sides at least 1.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    precondition(pixels.count == width * height * 3, "pixels are [height, width, 3]")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A black image, for a buffer that later calls fill.
  ///
  /// - Precondition: both sides are at least 1.
  public init(width: Int, height: Int) {
    self.init(
      width: width, height: height, pixels: [UInt8](repeating: 0, count: width * height * 3))
  }

  /// The shorter side in pixels.
  public var shortEdge: Int { min(width, height) }

  /// Lends the pixels, `[height, width, 3]`, for writing in place.
  public mutating func withMutablePixels<R, E: Error>(
    _ body: (inout MutableSpan<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    var span = pixels.mutableSpan
    return try body(&span)
  }

  /// Makes room for an image of another size; keeps the memory when it is large enough.
  ///
  /// The pixels are unspecified afterwards.
  ///
  /// - Precondition: both sides are at least 1.
  public mutating func reshape(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    let count = width * height * 3
    if count < pixels.count {
      pixels.removeLast(pixels.count - count)
    } else if count > pixels.count {
      // Growing would copy the old image into the larger memory.
      if count > pixels.capacity { pixels = [] }
      pixels.append(contentsOf: repeatElement(0, count: count - pixels.count))
    }
    self.width = width
    self.height = height
  }

  /// Exchanges left and right.
  public mutating func flipHorizontally() {
    let (width, height) = (width, height)
    var span = pixels.mutableSpan
    for row in 0..<height {
      var left = row * width * 3
      var right = left + (width - 1) * 3
      while left < right {
        for channel in 0..<3 { span.swapAt(left + channel, right + channel) }
        left += 3
        right -= 3
      }
    }
  }
}
