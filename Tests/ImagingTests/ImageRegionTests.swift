import Imaging
import TestSupport
import Testing

@Suite("The part of an image that is looked at")
struct ImageRegionTests {
  private static func image(_ width: Int, _ height: Int, seed: UInt64 = 1) -> Image {
    var random = SplitMix64(seed: seed)
    return Image(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  /// The pixels of a box, one by one.
  private static func pixels(_ image: Image, _ box: PixelBox) -> [UInt8] {
    (box.top..<box.top + box.height).flatMap { row in
      let first = (row * image.width + box.left) * 3
      return Array(image.pixels[first..<first + box.width * 3])
    }
  }

  @Test(
    "Fractions become the nearest pixels, one at least",
    arguments: [
      ("0,0,1,1", 640, 480, PixelBox(top: 0, left: 0, height: 480, width: 640)),
      ("0.25,0.5,0.5,0.25", 640, 480, PixelBox(top: 240, left: 160, height: 120, width: 320)),
      ("0.333,0.333,0.333,0.333", 10, 10, PixelBox(top: 3, left: 3, height: 4, width: 4)),
      ("0.99,0.99,0.01,0.01", 7, 5, PixelBox(top: 4, left: 6, height: 1, width: 1)),
      ("0,0,0.01,0.01", 1, 1, PixelBox(top: 0, left: 0, height: 1, width: 1)),
    ])
  func boxes(_ text: String, width: Int, height: Int, expected: PixelBox) throws {
    let region = try #require(ImageRegion(text))
    #expect(region.box(width: width, height: height) == expected)
  }

  @Test(
    "What is no part of an image is none",
    arguments: [
      "", "0,0,1", "0,0,1,1,1", "0,0,0,1", "0,0,1,0.001", "0.5,0,0.6,1", "0,0.5,1,0.6",
      "-0.1,0,0.5,0.5",
      "nan,0,0.5,0.5", "0,0,inf,1", "a,b,c,d", "0,0,2,2",
    ])
  func nonsense(_ text: String) {
    #expect(ImageRegion(text) == nil)
  }

  @Test("Every box of pixels is the same box again, and a text the same part")
  func thereAndBack() throws {
    var random = SplitMix64(seed: 4)
    for _ in 0..<300 {
      let (width, height) = (100 + Int(random.next() % 4000), 100 + Int(random.next() % 3000))
      let boxWidth = width / 50 + Int(random.next() % UInt64(width - width / 50))
      let boxHeight = height / 50 + Int(random.next() % UInt64(height - height / 50))
      let box = PixelBox(
        top: Int(random.next() % UInt64(height - boxHeight + 1)),
        left: Int(random.next() % UInt64(width - boxWidth + 1)), height: boxHeight, width: boxWidth)
      let region = try #require(ImageRegion(box, width: width, height: height))
      #expect(region.box(width: width, height: height) == box)
    }
    let region = try #require(ImageRegion("0.125,0.25,0.5,0.625"))
    #expect(region.description == "0.125,0.25,0.5,0.625")
    #expect(ImageRegion(PixelBox(top: 0, left: 0, height: 5, width: 5), width: 4, height: 9) == nil)
  }

  @Test("The crop of a part is that of an image of these pixels, for training, too")
  func sameAsTheImageAlone() throws {
    for (size, resize) in [(32, nil), (24, .square(30)), (16, .shortEdge(20))]
      as [(Int, Preprocessing.Resize?)]
    {
      let image = Self.image(97, 61)
      var looking = Preprocessing(size: size, resize: resize)
      looking.region = ImageRegion("0.31,0.2,0.4,0.7")
      let box = try #require(looking.region).box(width: 97, height: 61)
      let alone = Image(
        width: box.width, height: box.height, pixels: Self.pixels(image, box))
      let whole = Preprocessing(size: size, resize: resize)
      #expect((looking.crop(image) == whole.crop(alone)) as Bool)
      #expect((looking.part(of: image) == alone) as Bool)
      #expect((whole.part(of: image) == image) as Bool)

      // A file's rows come in parts, and training keeps the part alone.
      let file = pngFile(width: 97, height: 61) { x, y in
        let first = (y * 97 + x) * 3
        return (image.pixels[first], image.pixels[first + 1], image.pixels[first + 2])
      }
      var decoder = ImageDecoder()
      let (kept, crop) = try decoder.reduce(
        RawSpan(_elements: file.span), looking, shortEdge: 1000)
      #expect((kept == alone && crop == whole.crop(alone)) as Bool)
      let (reduced, _) = try decoder.reduce(RawSpan(_elements: file.span), looking, shortEdge: 30)
      #expect(min(reduced.width, reduced.height) == 30)
    }
  }

  @Test("Of a turned image it is a part the right way up", arguments: Array(1...8))
  func turned(orientation: Int) throws {
    let image = Self.image(64, 40, seed: 7)
    let plain = pngFile(width: 64, height: 40) { x, y in
      let first = (y * 64 + x) * 3
      return (image.pixels[first], image.pixels[first + 1], image.pixels[first + 2])
    }
    // The orientation in a TIFF directory, behind the signature and the header.
    let directory: [UInt8] = [0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0]
    let tiff: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + directory + [0, 0, 0, 0]
    let file = plain[..<33] + pngChunk("eXIf", tiff) + plain[33...]
    var decoder = ImageDecoder()
    let upright = try decoder.decode(Array(file)).image
    #expect((upright.width, upright.height) == (orientation > 4 ? (40, 64) : (64, 40)))
    var looking = Preprocessing(size: 16)
    looking.region = ImageRegion("0.1,0.3,0.5,0.4")
    var cropper = Cropper(looking)
    var crop = Image(width: 1, height: 1)
    _ = try decoder.crop(RawSpan(_elements: Array(file).span), with: &cropper, into: &crop)
    #expect((crop == looking.crop(upright)) as Bool)
  }

  @Test("A whole image is as large as its part needs")
  func wholeShortEdge() {
    var looking = Preprocessing(size: 112)
    #expect(looking.wholeShortEdge == 112)
    looking.region = ImageRegion("0,0,0.5,0.25")
    #expect(looking.wholeShortEdge == 448)
  }
}
