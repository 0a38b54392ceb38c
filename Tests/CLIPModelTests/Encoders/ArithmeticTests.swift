import CLIPModel
import CLIPTestSupport
import FloatMath
import TestSupport
import Testing

/// Towers that compute other things than OpenAI's, against plain loops in double.
@Suite struct ArithmeticTests {
  @Test(
    arguments: RandomCLIP.Arithmetic.allCases, [nil, .mmrl, .mmrlPlusPlus] as [AdapterMethod?])
  func featuresEqualPlainTowers(
    arithmetic: RandomCLIP.Arithmetic, method: AdapterMethod?
  ) throws {
    try withTemporaryDirectory { folder in
      let checkpoint = try RandomCLIP(.none).checkpoint(in: folder, arithmetic)
      #expect(checkpoint.geometry.hasInputNorm == (arithmetic != .clipa))
      let clip = try FloatCLIP(checkpoint: checkpoint, workers: Workers(count: 2))
      let plain = try PlainCLIP(checkpoint)
      let adapter = method.map { RandomCLIP.adapter($0) }
      var random = SplitMix64(seed: 11)
      let pixels = (0..<2 * 3072).map { _ in random.normal() }
      let images = clip.images.encode(pixels, adapter: adapter).unit
      for image in 0..<2 {
        let expected = plain.image(Array(pixels[image * 3072..<(image + 1) * 3072]), adapter)
        var pairs = [(images.classFeatures, expected.classFeature)]
        if let representation = expected.representation {
          pairs.append((try #require(images.representation), representation))
        }
        for (found, values) in pairs {
          let largest = difference(
            found[rows: image..<image + 1].elements, plain.unit(values).map { Float($0) })
          #expect(largest < 1e-5)
        }
      }
      let ids: [Int32] = [598, 3, 200, 17, 599]
      let text = UnitRows(
        try clip.texts.encode([ids], tokens: adapter.map { TextTokens($0) })
      ).rows
      let expected = plain.unit(plain.text(ids, adapter)).map { Float($0) }
      #expect(difference(text.elements, expected) < 1e-5)
    }
  }

  @Test("Each setting changes the features")
  func settingsMatter() throws {
    var random = SplitMix64(seed: 11)
    let pixels = (0..<3072).map { _ in random.normal() }
    let features = try RandomCLIP.Arithmetic.allCases.map { arithmetic in
      try withTemporaryDirectory { folder in
        let checkpoint = try RandomCLIP(.none).checkpoint(in: folder, arithmetic)
        return try ImageEncoder(checkpoint: checkpoint).encode(pixels).unit.classFeatures.elements
      }
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
      #expect(difference(features[one], features[other]) > 0.01)
    }
  }
}
