import Imaging
import TestSupport
import Testing

/// A file's crop without the whole image in memory is what decoding and cropping give.
@Suite struct CropTests {
  static let files = ["jpeg", "jpeg-wide"].flatMap { folder in
    ImageFixtures.names(in: folder, suffix: ".jpg").map { "\(folder)/\($0).jpg" }
  }

  @Test func allKindsAreThere() {
    #expect(Self.files.count == 22 + 8)
  }

  @Test(arguments: files + ["png/rgb-8.png", "png/over-white-rgb-alpha.png"])
  func equalsTheCropOfTheImage(_ path: String) throws {
    let file = try ImageFixtures.bytes(path)
    for size in [5, 16, 40] {
      for fastDecode in [nil, 2 * size, size] {
        var decoder = ImageDecoder()
        decoder.fastDecodeShortEdge = fastDecode
        let whole = try decoder.decode(file)
        var cropper = Cropper(Preprocessing(size: size))
        var crop = Image(width: 1, height: 1)
        let warnings = try decoder.crop(file.span.bytes, with: &cropper, into: &crop)
        let expected = Preprocessing(size: size).crop(whole.image)
        #expect(ImageFixtures.difference(crop, expected) == nil)
        #expect(warnings == whole.warnings)
      }
    }
  }

  /// Damage anywhere, also where the crop does not look, has the same consequence.
  @Test(arguments: [
    "jpeg/420.jpg", "jpeg-wide/420.jpg", "jpeg-wide/420-progressive.jpg", "jpeg/orientation-6.jpg",
  ])
  func damageHasTheSameConsequence(_ path: String) throws {
    let file = try ImageFixtures.bytes(path)
    var random = SplitMix64(seed: 8)
    var decoder = ImageDecoder()
    decoder.pixelLimit = 1_000_000
    var cropper = Cropper(Preprocessing(size: 16))
    var (cropped, refused) = (0, 0)
    for round in 0..<300 {
      var damaged =
        round.isMultiple(of: 4)
        ? Array(file[..<Int.random(in: 2..<file.count, using: &random)]) : file
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        damaged[.random(in: 0..<damaged.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      var crop = Image(width: 1, height: 1)
      do {
        let whole = try decoder.decode(damaged)
        let warnings = try decoder.crop(damaged.span.bytes, with: &cropper, into: &crop)
        #expect(warnings == whole.warnings)
        #expect(crop == Preprocessing(size: 16).crop(whole.image))
        cropped += 1
      } catch {
        #expect(throws: error) {
          try decoder.crop(damaged.span.bytes, with: &cropper, into: &crop)
        }
        refused += 1
      }
    }
    #expect(cropped > 10 && refused > 10)
  }

  @Test(arguments: ["jpeg/420.jpg", "jpeg-wide/420.jpg", "jpeg/cmyk.jpg"])
  func takesNoMemoryAgain(_ path: String) throws {
    let file = try ImageFixtures.bytes(path)
    var decoder = ImageDecoder()
    var cropper = Cropper(Preprocessing(size: 16))
    var crop = Image(width: 1, height: 1)
    func take() throws { _ = try decoder.crop(file.span.bytes, with: &cropper, into: &crop) }
    try take()
    try take()
    #expect(try Allocations.onThisThread { for _ in 0..<10 { try take() } } == 0)
  }
}
