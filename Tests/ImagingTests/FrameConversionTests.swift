import Imaging
import TestSupport
import Testing

@Suite struct FrameConversionTests {
  static let paths = PixelPath.allCases.filter(\.isAvailable)
  static let encodings = YCbCrEncoding.Matrix.allCases.flatMap { matrix in
    YCbCrEncoding.Range.allCases.map { YCbCrEncoding(matrix: matrix, range: $0) }
  }

  /// The samples over one pixel, straight from the definition of each format.
  private func sample(
    _ frame: [UInt8], _ layout: FrameLayout, _ x: Int, _ y: Int
  ) -> (y: Int, cb: Int, cr: Int) {
    let line = layout.bytesPerLine
    func at(_ index: Int) -> Int { Int(frame[index]) }
    let pair = y * line + x / 2 * 4
    let chroma = layout.height * line
    switch layout.format {
    case .yuyv: return (at(y * line + x * 2), at(pair + 1), at(pair + 3))
    case .uyvy: return (at(y * line + x * 2 + 1), at(pair), at(pair + 2))
    case .nv12:
      let cb = chroma + y / 2 * line + x / 2 * 2
      return (at(y * line + x), at(cb), at(cb + 1))
    case .i420:
      let cb = chroma + y / 2 * (line / 2) + x / 2
      return (at(y * line + x), at(cb), at(cb + (layout.height + 1) / 2 * (line / 2)))
    case .rgb24, .bgr24, .grey: return (0, 0, 0)
    }
  }

  /// The standards' equations in floating point.
  private func exact(_ s: (y: Int, cb: Int, cr: Int), _ encoding: YCbCrEncoding) -> [Double] {
    let (kr, kb): (Double, Double) =
      switch encoding.matrix {
      case .bt601: (0.299, 0.114)
      case .bt709: (0.2126, 0.0722)
      case .bt2020: (0.2627, 0.0593)
      case .smpte240M: (0.212, 0.087)
      }
    let limited = encoding.range == .limited
    let y = limited ? Double(s.y - 16) / 219 : Double(s.y) / 255
    let cb = Double(s.cb - 128) / (limited ? 224 : 255)
    let cr = Double(s.cr - 128) / (limited ? 224 : 255)
    let red = y + 2 * (1 - kr) * cr
    let blue = y + 2 * (1 - kb) * cb
    return [red, (y - kr * red - kb * blue) / (1 - kr - kb), blue].map { max(0, min(1, $0)) * 255 }
  }

  @Test(arguments: [PixelFormat.yuyv, .uyvy, .nv12, .i420], encodings)
  func followsTheStandards(_ format: PixelFormat, _ encoding: YCbCrEncoding) throws {
    var random = SplitMix64(seed: 1)
    for (width, height, padding) in [(1, 1, 0), (2, 2, 0), (3, 5, 4), (64, 4, 0), (601, 3, 6)] {
      let layout = FrameLayout(
        format: format, width: width, height: height,
        bytesPerLine: format.bytesPerLine(width: width) + padding, encoding: encoding)
      let frame = (0..<layout.byteCount).map { _ in
        [0, 16, 128, 235, 255, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      var first: Image?
      for path in Self.paths {
        var image = Image(width: 1, height: 1)
        try image.load(frame.span.bytes, layout: layout, path: path)
        for y in 0..<height {
          for x in 0..<width {
            let expected = exact(sample(frame, layout, x, y), encoding)
            for channel in 0..<3 {
              let value = Double(image.pixels[(y * width + x) * 3 + channel])
              // Half for rounding, the rest for factors rounded to 1/2^13.
              #expect(abs(value - expected[channel]) < 0.55, "\(x), \(y), \(channel)")
            }
          }
        }
        #expect(image == first ?? image, "\(path) differs")
        first = image
      }
    }
  }

  @Test func rgbAndGreyAreCopied() throws {
    let frame = (0..<40).map(UInt8.init)
    var image = Image(width: 1, height: 1)
    try image.load(
      frame.span.bytes,
      layout: FrameLayout(format: .rgb24, width: 2, height: 2, bytesPerLine: 9))
    #expect(image.pixels == [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14])
    try image.load(
      frame.span.bytes,
      layout: FrameLayout(format: .bgr24, width: 2, height: 2, bytesPerLine: 9))
    #expect(image.pixels == [2, 1, 0, 5, 4, 3, 11, 10, 9, 14, 13, 12])
    try image.load(
      frame.span.bytes, layout: FrameLayout(format: .grey, width: 2, height: 2, bytesPerLine: 4))
    #expect(image.pixels == [0, 0, 0, 1, 1, 1, 4, 4, 4, 5, 5, 5])
  }

  @Test(arguments: PixelFormat.allCases)
  func shortFramesAndImpossibleLayoutsAreRefused(_ format: PixelFormat) throws {
    let layout = FrameLayout(format: format, width: 7, height: 5)
    let frame = [UInt8](repeating: 128, count: layout.byteCount)
    var image = Image(width: 1, height: 1)
    try image.load(frame.span.bytes, layout: layout)
    let short = Array(frame.dropLast())
    #expect(throws: ImageError.truncated(kind: "\(format) frame")) {
      try image.load(short.span.bytes, layout: layout)
    }
    for (width, height, line) in [
      (0, 5, 32), (7, -1, 32), (7, 5, 6), (7, 5, -32), (7, 1 << 40, 32),
    ] {
      let wrong = FrameLayout(format: format, width: width, height: height, bytesPerLine: line)
      #expect(throws: ImageError.self) { try image.load(frame.span.bytes, layout: wrong) }
    }
  }
}
