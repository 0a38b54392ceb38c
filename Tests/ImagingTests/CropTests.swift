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

  static let pngs = ImageFixtures.names(in: "png", suffix: ".png").map { "png/\($0).png" }

  @Test(arguments: files + pngs)
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

  /// Rows come as the file holds them, so that a turned image is resized along its columns first.
  @Test(arguments: 1...8)
  func turnedImagesAreResizedAsIfTheyHadBeenTurnedFirst(_ orientation: Int) throws {
    var random = SplitMix64(seed: UInt64(orientation))
    for (width, height) in [(301, 200), (90, 333), (64, 64), (500, 19), (7, 260)] {
      let noise = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
      let image = Image(width: width, height: height, pixels: noise)
      let upright = try JPEGEncoder().encode(image, quality: 90)
      let file =
        upright[..<2] + [0xFF, 0xE1, 0, 34] + exifSegment(orientation: orientation) + upright[2...]
      var decoder = ImageDecoder()
      let turned = try OrientationTests.turned(decoder.decode(upright).image, orientation)
      #expect(try decoder.decode(Array(file)).image == turned)
      for size in [5, 24, 100] {
        var cropper = Cropper(Preprocessing(size: size))
        var crop = Image(width: 1, height: 1)
        // Twice, since memory is used again.
        for _ in 0..<2 {
          _ = try decoder.crop(RawSpan(_elements: file.span), with: &cropper, into: &crop)
          let expected = Preprocessing(size: size).crop(turned)
          let difference = ImageFixtures.difference(crop, expected)
          #expect(difference == nil, "\(width) x \(height) to \(size)")
        }
        let kept = try decoder.reduce(
          RawSpan(_elements: file.span), Preprocessing(size: size), shortEdge: 50)
        #expect(kept.crop == crop)
        #expect(kept.whole == Self.reduced(turned, shortEdge: 50))
      }
    }
  }

  private static func reduced(_ image: Image, shortEdge: Int) -> Image {
    guard image.shortEdge > shortEdge else { return image }
    let (height, width) = (
      shortEdge * image.height / image.shortEdge, shortEdge * image.width / image.shortEdge
    )
    var resampler = Resampler()
    var result = Image(width: 1, height: 1)
    resampler.resample(
      image, box: PixelBox(top: 0, left: 0, height: image.height, width: image.width),
      height: height, width: width,
      window: PixelBox(top: 0, left: 0, height: height, width: width), into: &result)
    return result
  }

  @Test(arguments: ["jpeg/420.jpg", "png/rgb-8.png"])
  func checkingFindsWhatDecodingDoes(_ path: String) throws {
    let file = try ImageFixtures.bytes(path)
    var decoder = ImageDecoder()
    try decoder.check(RawSpan(_elements: file.span))
    let cut = Array(file[..<(file.count / 2)])
    #expect(throws: ImageError.self) { try decoder.check(RawSpan(_elements: cut.span)) }
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

  @Test(arguments: [
    "jpeg/420.jpg", "jpeg-wide/420.jpg", "jpeg/cmyk.jpg", "jpeg/orientation-3.jpg",
    "jpeg/orientation-6.jpg",
  ])
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
