import Imaging
import TestSupport
import Testing

@Suite struct ImageDecoderTests {
  @Test func allKindsAreThere() {
    #expect(ImageFixtures.names(in: "jpeg", suffix: ".jpg").count == 22)
    #expect(ImageFixtures.names(in: "png", suffix: ".png").count == 33)
  }

  @Test(arguments: ImageFixtures.names(in: "jpeg", suffix: ".jpg"))
  func jpegEqualsPillow(_ name: String) throws {
    var decoder = ImageDecoder()
    let decoded = try decoder.decode(ImageFixtures.bytes("jpeg/\(name).jpg"))
    #expect(decoded.warnings == [])
    let expected = try ImageFixtures.ppm("jpeg/\(name).ppm")
    #expect(ImageFixtures.difference(decoded.image, expected) == nil)
  }

  @Test(arguments: ImageFixtures.names(in: "png", suffix: ".png"))
  func pngEqualsPillow(_ name: String) throws {
    let image = try ImageFixtures.image("png/\(name).png")
    let expected = try ImageFixtures.ppm("png/\(name).ppm")
    #expect(ImageFixtures.difference(image, expected) == nil)
  }

  @Test func oneDecoderServesManyImages() throws {
    var decoder = ImageDecoder()
    var image = Image(width: 1, height: 1)
    for _ in 0..<2 {
      for name in ImageFixtures.names(in: "jpeg", suffix: ".jpg") {
        let file = try ImageFixtures.bytes("jpeg/\(name).jpg")
        _ = try decoder.decode(file.span.bytes, into: &image)
        #expect(try image == ImageFixtures.ppm("jpeg/\(name).ppm"))
        // A failure in between leaves it as good as new.
        #expect(throws: ImageError.self) {
          try decoder.decode(Array(file[..<(file.count / 2)]))
        }
      }
    }
  }

  @Test("No image is decoded with the tables of the one before")
  func tablesStayWithTheirImage() throws {
    func without(_ code: UInt8, _ file: [UInt8]) -> [UInt8] {
      var result = Array(file[..<2])
      var place = 2
      while file[place + 1] != 0xDA {
        let end = place + 2 + Int(file[place + 2]) << 8 + Int(file[place + 3])
        if file[place + 1] != code { result += file[place..<end] }
        place = end
      }
      return result + file[place...]
    }
    let file = try ImageFixtures.bytes("jpeg/420.jpg")
    // It has Huffman tables of its own.
    let other = try ImageFixtures.bytes("jpeg/444-progressive.jpg")
    var decoder = ImageDecoder()
    for before in [other, file, other] {
      _ = try decoder.decode(before)
      // Without Huffman tables the standard ones count, which this file has.
      let decoded = try decoder.decode(without(0xC4, file))
      #expect(try decoded.image == ImageFixtures.ppm("jpeg/420.ppm"))
      #expect(throws: ImageError.self) { try decoder.decode(without(0xDB, file)) }
    }
  }

  @Test(arguments: [
    (Array("RIFF0000WEBPVP8 ".utf8), ImageError.unsupportedKind("WebP")),
    (Array("GIF89a..".utf8), .unsupportedKind("GIF")),
    ([0x49, 0x49, 0x2A, 0x00, 8, 0, 0, 0], .unsupportedKind("TIFF")),
    (Array("\0\0\0\u{18}ftypheic".utf8), .unsupportedKind("HEIC")),
    (Array("\0\0\0\u{18}ftypavif".utf8), .unsupportedKind("AVIF")),
    (Array("BM......".utf8), .unsupportedKind("BMP")),
    (Array("hello, this is text".utf8), .unrecognised),
    ([0xFF], .unrecognised), ([], .empty),
    ([0xFF, 0xD8, 0xFF], .truncated(kind: "JPEG")),
    ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .truncated(kind: "PNG")),
  ])
  func otherFilesAreNamed(_ file: [UInt8], _ error: ImageError) {
    var decoder = ImageDecoder()
    #expect(throws: error) { try decoder.decode(file) }
  }

  @Test(arguments: ["jpeg/420.jpg", "jpeg/420-progressive.jpg", "png/rgb-8.png"])
  func truncationIsAnError(_ path: String) throws {
    let file = try ImageFixtures.bytes(path)
    let kind = path.hasSuffix("png") ? "PNG" : "JPEG"
    var decoder = ImageDecoder()
    // Ends too early by more than the end marker and the padding before it.
    for count in stride(from: 8, to: file.count - 24, by: 7) {
      #expect(throws: ImageError.truncated(kind: kind), "\(count) of \(file.count) bytes") {
        try decoder.decode(Array(file[..<count]))
      }
    }
  }

  @Test func aMissingEndMarkerIsAWarning() throws {
    let file = try ImageFixtures.bytes("jpeg/420.jpg")
    var decoder = ImageDecoder()
    let decoded = try decoder.decode(Array(file.dropLast(2)))
    #expect(try decoded.image == ImageFixtures.ppm("jpeg/420.ppm"))
    #expect(decoded.warnings.count == 1)
    #expect(decoded.warnings.first?.contains("Premature end") == true)
  }

  @Test func damageInTheMiddleIsAWarning() throws {
    // A marker that does not belong into the data of the only scan.
    var file = try ImageFixtures.bytes("jpeg/444.jpg")
    file[file.count * 3 / 4] = 0xFF
    file[file.count * 3 / 4 + 1] = 0xD3
    var decoder = ImageDecoder()
    let decoded = try decoder.decode(file)
    #expect(!decoded.warnings.isEmpty)
    #expect(decoded.image.width == 67 && decoded.image.height == 45)
  }

  @Test func hugeImagesAreRefused() throws {
    var decoder = ImageDecoder()
    decoder.pixelLimit = 67 * 45 - 1
    #expect(throws: ImageError.tooLarge(width: 67, height: 45, limit: 67 * 45 - 1)) {
      try decoder.decode(ImageFixtures.bytes("jpeg/420.jpg"))
    }
    decoder.pixelLimit = 19 * 23 - 1
    #expect(throws: ImageError.tooLarge(width: 23, height: 19, limit: 19 * 23 - 1)) {
      try decoder.decode(ImageFixtures.bytes("png/rgb-8.png"))
    }
    decoder.pixelLimit = 19 * 23
    _ = try decoder.decode(ImageFixtures.bytes("png/rgb-8.png"))
  }

  @Test func twelveBitJPEGIsNamed() throws {
    var file = try ImageFixtures.bytes("jpeg/444.jpg")
    let frame = try #require(
      file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    file[frame + 4] = 12
    var decoder = ImageDecoder()
    #expect {
      try decoder.decode(file)
    } throws: { error in
      guard case .unsupportedVariant("JPEG", let detail) = error as? ImageError else {
        return false
      }
      return detail.contains("12")
    }
  }

  /// Whatever is wrong with a file, the answer is an image or an error.
  @Test(arguments: [
    "jpeg/420.jpg", "jpeg/420-progressive.jpg", "jpeg/ycck.jpg", "jpeg/orientation-6.jpg",
    "png/palette-4.png", "png/rgb-alpha-16-interlaced.png",
  ])
  func randomDamageDoesNoHarm(_ path: String) throws {
    let file = try ImageFixtures.bytes(path)
    var random = SplitMix64(seed: 3)
    var decoder = ImageDecoder()
    decoder.pixelLimit = 1_000_000
    var image = Image(width: 1, height: 1)
    var (decoded, refused) = (0, 0)
    for _ in 0..<400 {
      var damaged = file
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        damaged[Int.random(in: 8..<file.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      do {
        _ = try decoder.decode(damaged.span.bytes, into: &image)
        decoded += 1
      } catch { refused += 1 }
    }
    #expect(decoded + refused == 400 && refused > 0)
  }

  @Test func fastDecodeTakesTheSmallestSufficientScale() throws {
    let file = try ImageFixtures.bytes("jpeg/444.jpg")  // 67 x 45
    var decoder = ImageDecoder()
    for (target, width, height) in [
      (6, 9, 6), (7, 17, 12), (12, 17, 12), (13, 34, 23), (24, 67, 45),
    ] {
      decoder.fastDecodeShortEdge = target
      let image = try decoder.decode(file).image
      #expect(image.width == width && image.height == height, "short edge \(target)")
    }
    decoder.fastDecodeShortEdge = nil
    #expect(try decoder.decode(file).image == ImageFixtures.ppm("jpeg/444.ppm"))
  }
}
