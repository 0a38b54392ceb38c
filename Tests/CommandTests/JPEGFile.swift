import Imaging
import TestSupport

/// JPEG files made by tests.
enum JPEGFile {
  /// A file with detail everywhere, which no two scales of decoding read alike.
  static func photo(width: Int, height: Int) throws -> [UInt8] {
    var random = SplitMix64(seed: 5)
    let pixels = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
    return try JPEGEncoder().encode(
      Image(width: width, height: height, pixels: pixels), quality: 90)
  }
}
