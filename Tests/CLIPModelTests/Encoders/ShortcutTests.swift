import CLIPModel
import CLIPTestSupport
import FloatMath
import TestSupport
import Testing

/// The encoders' shortcuts against towers that take none, on representation layers that no published figures cover.
@Suite struct ShortcutTests {
  static let cases: [(Bool, [Int])] = [
    (false, [1, 3]), (true, [1, 3]), (true, [2, 4]), (false, [2, 4]), (true, [3]), (false, [4]),
    (true, [4]), (true, [1, 2, 4]),
  ]

  @Test(arguments: cases)
  func featuresEqualPlainTowers(isPlusPlus: Bool, layers: [Int]) throws {
    let fixture = try MicroFixture("forward-MMRL")
    let checkpoint = try CLIPCheckpoint(path: MicroFixture.path("micro-clip.pt"))
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: Workers(count: 2))
    let plain = try PlainCLIP(checkpoint)
    let adapter = Adapter.random(isPlusPlus ? .mmrlPlusPlus : .mmrl, layers)
    let pixels = Array(try fixture.file.floats("images").prefix(2 * 3 * 32 * 32))
    let prompts = try fixture.tokens().prefix(3).map { Array($0.prefix(20)) }

    let images = clip.images.encode(pixels, adapter: adapter).unit
    let representation = try #require(images.representation)
    for image in 0..<2 {
      let expected = plain.image(
        Array(pixels[image * 3072..<(image + 1) * 3072]), adapter)
      let expectedRepresentation = try #require(expected.representation)
      for (found, values) in [
        (images.classFeatures, expected.classFeature), (representation, expectedRepresentation),
      ] {
        let largest = difference(
          found[rows: image..<image + 1].elements, plain.unit(values).map { Float($0) })
        #expect(largest < 1e-5)
      }
    }
    let texts = UnitRows(try clip.texts.encode(prompts, tokens: TextTokens(adapter))).rows
    for (index, ids) in prompts.enumerated() {
      let expected = plain.unit(plain.text(ids, adapter)).map { Float($0) }
      #expect(difference(texts[rows: index..<index + 1].elements, expected) < 1e-5)
    }
  }
}
