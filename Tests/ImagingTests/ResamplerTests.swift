import Imaging
import TestSupport
import Testing

/// Pillow's two passes written out plainly in floating point, with the rounding of its integers.
private func reference(
  _ image: Image, box: PixelBox, height: Int, width: Int
) -> [UInt8] {
  func weights(_ inputs: Int, _ outputs: Int, _ output: Int) -> [(input: Int, weight: Int)] {
    let scale = Double(inputs) / Double(outputs)
    let support = 2 * max(scale, 1)
    let center = (Double(output) + 0.5) * scale
    let range =
      max(Int(center - support + 0.5), 0)..<min(Int(center + support + 0.5), inputs)
    let raw = range.map { input -> Double in
      let x = abs((Double(input) - center + 0.5) * (1 / max(scale, 1)))
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
    }
    let sum = raw.reduce(0, +)
    return zip(range, raw).map {
      ($0, Int(($1 / sum * 4_194_304).rounded(.toNearestOrAwayFromZero)))
    }
  }
  func pixel(_ sum: Int) -> UInt8 { UInt8(max(0, min(255, (sum + 2_097_152) >> 22))) }
  var narrow = [[UInt8]](repeating: [], count: box.height)
  for y in 0..<box.height {
    for x in 0..<width {
      let taps = weights(box.width, width, x)
      for channel in 0..<3 {
        let row = (box.top + y) * image.width + box.left
        narrow[y].append(
          pixel(
            taps.reduce(0) {
              $0 + $1.weight * Int(image.pixels[(row + $1.input) * 3 + channel])
            }))
      }
    }
  }
  var result: [UInt8] = []
  for y in 0..<height {
    let taps = weights(box.height, height, y)
    for column in 0..<width * 3 {
      result.append(pixel(taps.reduce(0) { $0 + $1.weight * Int(narrow[$1.input][column]) }))
    }
  }
  return result
}

@Suite struct ResamplerTests {
  static let paths = PixelPath.allCases.filter(\.isAvailable)

  @Test func thisProcessorsPathIsTested() {
    #if arch(x86_64) || arch(arm64)
      #expect(PixelPath.best != .scalar)
    #endif
    #expect(PixelPath.scalar.isAvailable)
  }

  /// Random shapes, boxes and windows; images of noise and of nothing but extremes.
  @Test(arguments: paths, 0..<40)
  func equalsThePlainReference(_ path: PixelPath, _ round: Int) {
    var random = SplitMix64(seed: UInt64(round))
    func side(_ limit: Int) -> Int { Int.random(in: 1...limit, using: &random) }
    let (width, height) = (side(90), side(90))
    let extreme = round.isMultiple(of: 3)
    let pixels = (0..<width * height * 3).map { _ in
      extreme
        ? (Bool.random(using: &random) ? 255 : 0) : UInt8.random(in: 0...255, using: &random)
    }
    let image = Image(width: width, height: height, pixels: pixels)
    let (top, left) = (side(height) - 1, side(width) - 1)
    let box = PixelBox(
      top: top, left: left, height: side(height - top), width: side(width - left))
    let (newHeight, newWidth) = (side(70), side(70))
    let (windowTop, windowLeft) = (side(newHeight) - 1, side(newWidth) - 1)
    let window = PixelBox(
      top: windowTop, left: windowLeft, height: side(newHeight - windowTop),
      width: side(newWidth - windowLeft))

    var resampler = Resampler(path: path)
    var result = Image(width: 1, height: 1)
    let whole = reference(image, box: box, height: newHeight, width: newWidth)
    // Twice: the second time with weights and memory that are there already.
    for _ in 0..<2 {
      resampler.resample(
        image, box: box, height: newHeight, width: newWidth, window: window, into: &result)
      var expected: [UInt8] = []
      for y in window.top..<window.top + window.height {
        let start = (y * newWidth + window.left) * 3
        expected += whole[start..<start + window.width * 3]
      }
      let wanted = Image(width: window.width, height: window.height, pixels: expected)
      #expect(ImageFixtures.difference(result, wanted) == nil)
    }
  }

  /// Hundreds of taps, where 32-bit sums of half weights wrap around.
  @Test(arguments: paths)
  func strongReductionsAreExact(_ path: PixelPath) {
    var random = SplitMix64(seed: 9)
    let image = Image(
      width: 2400, height: 5,
      pixels: (0..<2400 * 15).map { _ in UInt8.random(in: 200...255, using: &random) })
    let box = PixelBox(top: 0, left: 0, height: 5, width: 2400)
    let window = PixelBox(top: 0, left: 0, height: 3, width: 7)
    var resampler = Resampler(path: path)
    var result = Image(width: 1, height: 1)
    resampler.resample(image, box: box, height: 3, width: 7, window: window, into: &result)
    #expect(result.pixels == reference(image, box: box, height: 3, width: 7))
  }
}
