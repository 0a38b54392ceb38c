import Foundation
import Imaging

/// The files that `tools/image-fixtures` wrote.
enum ImageFixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Fixtures")

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: path)))
  }

  /// File names in a folder that end in `suffix`, without it.
  static func names(in path: String, suffix: String) -> [String] {
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: path).path)
    return (files ?? []).filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
      .sorted()
  }

  static func image(_ path: String) throws -> Image {
    var decoder = ImageDecoder()
    let file = try bytes(path)
    return try decoder.decode(file).image
  }

  /// A binary PPM with a maximum of 255: "P6", width, height, 255, each ended by one blank, then RGB.
  static func ppm(_ path: String) throws -> Image {
    let file = try bytes(path)
    let fields = file.split(maxSplits: 4, omittingEmptySubsequences: false) {
      $0 == 10 || $0 == 32
    }
    let numbers = fields[1...2].map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    return Image(width: numbers[0], height: numbers[1], pixels: Array(fields[4]))
  }

  /// Where two images differ, for a message; nil when they are equal.
  static func difference(_ image: Image, _ expected: Image) -> String? {
    guard image != expected else { return nil }
    guard image.width == expected.width, image.height == expected.height else {
      return
        "\(image.width) x \(image.height) instead of \(expected.width) x \(expected.height)"
    }
    let wrong = image.pixels.indices.filter { image.pixels[$0] != expected.pixels[$0] }
    let worst = wrong.map { abs(Int(image.pixels[$0]) - Int(expected.pixels[$0])) }.max() ?? 0
    let (pixel, channel) = (wrong[0] / 3, wrong[0] % 3)
    return "\(wrong.count) of \(image.pixels.count) bytes differ, by up to \(worst); first at row "
      + "\(pixel / image.width), column \(pixel % image.width), channel \(channel): "
      + "\(image.pixels[wrong[0]]) instead of \(expected.pixels[wrong[0]])"
  }
}
