import FloatMath
import TestSupport
import Testing
import Training

/// The encoders' shortcuts against towers that take none, on representation layers that no published figures cover.
@Suite struct ShortcutTests {
  static let cases: [(Bool, [Int])] = [
    (false, [1, 3]), (true, [1, 3]), (true, [2, 4]), (false, [2, 4]), (true, [3]), (false, [4]),
    (true, [4]), (true, [1, 2, 4]),
  ]

  private func adapter(_ isPlusPlus: Bool, _ layers: [Int], beta: Float = 0.6) -> Adapter {
    var random = SplitMix64(seed: UInt64(layers.reduce(1) { $0 * 10 + $1 }))
    let geometry = AdapterGeometry(
      method: isPlusPlus ? .mmrlPlusPlus : .mmrl, layerCount: layers.count, tokenCount: 3,
      spaceWidth: 10, visionWidth: 128, textWidth: 64, embedDim: 48, rank: isPlusPlus ? 2 : 0,
      projectionRank: isPlusPlus ? 4 : 0)
    var values: [String: [Float]] = [:]
    for (name, shape) in geometry.tensorShapes {
      values[name] = (0..<shape.reduce(1, *)).map { _ in random.normal() * 0.3 }
    }
    return Adapter(
      AdapterTensors(geometry: geometry, values: values, settings: nil),
      settings: AdapterSettings(representationLayers: layers, alpha: 0.7, beta: beta))
  }

  @Test(arguments: cases)
  func featuresEqualPlainTowers(isPlusPlus: Bool, layers: [Int]) throws {
    let fixture = try MicroFixture("forward-MMRL")
    let checkpoint = try CLIPCheckpoint(path: MicroFixture.path("micro-clip.pt"))
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: Workers(count: 2))
    let plain = try PlainCLIP(checkpoint)
    let adapter = adapter(isPlusPlus, layers)
    let pixels = Array(try fixture.file.floats("images").prefix(2 * 3 * 32 * 32))
    let prompts = try fixture.tokens().prefix(3).map { Array($0.prefix(20)) }

    let images = clip.encodeImages(pixels, adapter: adapter).unit
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
    let texts = UnitRows(try clip.encodeTexts(prompts, tokens: TextTokens(adapter))).rows
    for (index, ids) in prompts.enumerated() {
      let expected = plain.unit(plain.text(ids, adapter)).map { Float($0) }
      #expect(difference(texts[rows: index..<index + 1].elements, expected) < 1e-5)
    }
  }

  /// The loss and a few entries of every tensor's gradient, by central differences of the plain loss.
  @Test(arguments: [(false, [1, 3]), (true, [1, 3]), (true, [4]), (false, [2, 4])])
  func gradientsEqualCentralDifferences(isPlusPlus: Bool, layers: [Int]) throws {
    let fixture = try MicroFixture("forward-MMRL")
    let checkpoint = try CLIPCheckpoint(path: MicroFixture.path("micro-clip.pt"))
    let plain = try PlainCLIP(checkpoint)
    let start = adapter(isPlusPlus, layers)
    // Short prompts and one image: the plain towers run a hundred times.
    let pixels = Array(try fixture.file.floats("images").prefix(3072))
    let prompts = try fixture.tokens().prefix(2).map { Array($0.prefix(16)) }
    var trainer = try AdapterTrainer(
      clip: FloatCLIP(checkpoint: checkpoint, workers: Workers(count: 2)), adapter: start,
      prompts: prompts, photos: GivenPhotos(labels: [1]),
      recipe: TrainingRecipe(batchSize: 1, learningRate: 1e-3, epochs: 1, regularization: 2),
      seed: 1)
    let (report, gradients) = trainer.step(pixels: pixels, labels: [1], rate: 1e-3)
    func loss(_ adapter: Adapter) -> Double {
      plain.loss([pixels], labels: [1], prompts: prompts, adapter, lambda: 2)
    }
    let expectedLoss = loss(start)
    #expect(abs(report.loss - expectedLoss) < 1e-4 * expectedLoss)
    for (name, gradient) in gradients {
      // The entry with the largest gradient, where the difference stands out of the rounding of the tokens to float.
      let values = gradient.elements
      let index = try #require(values.indices.max { abs(values[$0]) < abs(values[$1]) })
      func shifted(_ step: Float) -> Double {
        var moved: [String: [Float]] = start.tensors.mapValues(\.elements)
        moved[name]?[index] += step
        return loss(
          Adapter(
            AdapterTensors(geometry: start.geometry, values: moved, settings: nil),
            settings: start.settings))
      }
      let expected = (shifted(1e-2) - shifted(-1e-2)) / 2e-2
      #expect(
        abs(Double(values[index]) - expected) < 0.02 * max(abs(expected), 0.05),
        "\(name)[\(index)]: \(values[index]), not \(expected)")
    }
  }
}
