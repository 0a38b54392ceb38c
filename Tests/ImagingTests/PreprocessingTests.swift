import Foundation
import Imaging
import Testing

@Suite struct PreprocessingTests {
  /// A line of `expected.txt`.
  struct Expectation: CustomTestStringConvertible {
    var name: String
    var box: PixelBox
    var digest: String
    var testDescription: String { name }

    static let all: [Expectation] = {
      let text = (try? ImageFixtures.bytes("expected.txt")) ?? []
      return String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
        let fields = line.split(separator: " ").map(String.init)
        let sides = fields[1...4].map { Int($0) ?? -1 }
        return Expectation(
          name: fields[0],
          box: PixelBox(top: sides[0], left: sides[1], height: sides[2], width: sides[3]),
          digest: fields[5])
      }
    }()
  }

  static let paths = PixelPath.allCases.filter(\.isAvailable)

  @Test func allPhotosAreThere() { #expect(Expectation.all.count == 6) }

  @Test(arguments: Expectation.all, paths)
  func cropsEqualPillows(_ expectation: Expectation, _ path: PixelPath) throws {
    let photo = try ImageFixtures.image("photos/\(expectation.name).png")
    let centre = try ImageFixtures.image("expected/\(expectation.name).crop.png")
    let box = try ImageFixtures.image("expected/\(expectation.name).box.png")
    var cropper = Cropper(Preprocessing(size: 224), path: path)
    var crop = Image(width: 1, height: 1)
    cropper.crop(photo, into: &crop)
    #expect(ImageFixtures.difference(crop, centre) == nil)
    cropper.crop(photo, box: expectation.box, into: &crop)
    #expect(ImageFixtures.difference(crop, box) == nil)
    cropper.crop(photo, box: expectation.box, flipped: true, into: &crop)
    crop.flipHorizontally()
    #expect(ImageFixtures.difference(crop, box) == nil)
  }

  /// Whole images resized by what `cropsEqualPillows` tests, of which the middle is taken here.
  @Test(arguments: [
    (Preprocessing.Resize.shortEdge(37), 37, 49), (.square(40), 40, 40), (.square(32), 32, 32),
  ])
  func resizesAsTold(resize: Preprocessing.Resize, height: Int, width: Int) throws {
    let photo = try ImageFixtures.image("photos/\(Expectation.all[0].name).png")
    var image = Image(width: 1, height: 1)
    var resampler = Resampler()
    // A landscape of 120 x 90.
    resampler.resample(
      photo, box: PixelBox(top: 0, left: 0, height: 90, width: 120), height: 90, width: 120,
      window: PixelBox(top: 0, left: 0, height: 90, width: 120), into: &image)
    var expected = Image(width: 1, height: 1)
    resampler.resample(
      image, box: PixelBox(top: 0, left: 0, height: 90, width: 120), height: height, width: width,
      window: PixelBox(
        top: (height - 32) / 2, left: (width - 32) / 2, height: 32, width: 32), into: &expected)
    let preprocessing = Preprocessing(size: 32, resize: resize)
    #expect(preprocessing.resize.edge == height)
    #expect(ImageFixtures.difference(preprocessing.crop(image), expected) == nil)
  }

  @Test(arguments: Expectation.all)
  func normalisedValuesEqualTorchvision(_ expectation: Expectation) throws {
    let preprocessing = Preprocessing(size: 224)
    let photo = try ImageFixtures.image("photos/\(expectation.name).png")
    let values = preprocessing.normalized(preprocessing.crop(photo))
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in values {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        hash = (hash ^ UInt64(value.bitPattern >> shift & 0xFF)) &* 0x100_0000_01B3
      }
    }
    let digest = String(hash, radix: 16)
    #expect(String(repeating: "0", count: 16 - digest.count) + digest == expectation.digest)
  }

  @Test func flippingExchangesLeftAndRight() {
    var image = Image(width: 3, height: 2, pixels: (0..<18).map(UInt8.init))
    image.flipHorizontally()
    #expect(
      image.pixels == [6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11])
  }

  @Test func extremeShapesAreCropped() {
    for (width, height) in [(1, 1), (1, 700), (700, 1), (2, 5), (223, 225), (224, 224)] {
      let flat = Image(
        width: width, height: height, pixels: [UInt8](repeating: 77, count: width * height * 3))
      let crop = Preprocessing(size: 224).crop(flat)
      #expect(crop.width == 224 && crop.height == 224)
      #expect(crop.pixels.allSatisfy { $0 == 77 })
    }
  }
}
