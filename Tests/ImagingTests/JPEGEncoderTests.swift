import Imaging
import TestSupport
import Testing

@Suite struct JPEGEncoderTests {
  /// A smooth image comes back nearly as it was; sizes beside whole blocks of 16 too.
  @Test(arguments: [(1, 1), (2, 3), (15, 16), (16, 17), (33, 8), (640, 480)])
  func comesBack(width: Int, height: Int) throws {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(x / 4), UInt8(y / 4), UInt8((x + y) / 8)]
      }
    }
    let image = Image(width: width, height: height, pixels: pixels)
    let file = try JPEGEncoder().encode(image, quality: 95)
    var decoded = Image(width: 1, height: 1)
    var decoder = ImageDecoder()
    #expect(try decoder.decode(file.span.bytes, into: &decoded).isEmpty)
    #expect(decoded.width == width && decoded.height == height)
    let errors = zip(decoded.pixels, pixels).map { abs(Int($0) - Int($1)) }
    #expect(errors.reduce(0, +) <= 4 * errors.count)
  }

  /// Noise needs more room than is set aside at first.
  @Test func noiseFits() throws {
    var random = SplitMix64(seed: 1)
    let pixels = (0..<256 * 256 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
    let image = Image(width: 256, height: 256, pixels: pixels)
    let sizes = try [10, 50, 100].map { try JPEGEncoder().encode(image, quality: $0).count }
    #expect(sizes == sizes.sorted())
    #expect(sizes[2] > 256 * 256 / 4 + 4096)
    var decoded = Image(width: 1, height: 1)
    var decoder = ImageDecoder()
    let file = try JPEGEncoder().encode(image, quality: 100)
    #expect(try decoder.decode(file.span.bytes, into: &decoded).isEmpty)
  }

  @Test func tooWideIsAnError() {
    let image = Image(width: 65_501, height: 1)
    #expect(throws: ImageError.self) { try JPEGEncoder().encode(image, quality: 80) }
  }
}
