import CLIPModel
import CLIPTestSupport
import FloatMath
import TestSupport
import Testing
import Training

@Suite struct TrainingGradientTests {
  /// The loss and a few entries of every tensor's gradient, by central differences of the plain loss.
  @Test(arguments: [(false, [1, 3]), (true, [1, 3]), (true, [4]), (false, [2, 4])])
  func gradientsEqualCentralDifferences(isPlusPlus: Bool, layers: [Int]) throws {
    let fixture = try MicroFixture("forward-MMRL")
    // Short prompts and one image: the plain towers run a hundred times.
    try check(
      CLIPCheckpoint(path: MicroFixture.path("micro-clip.pt")),
      Adapter.random(isPlusPlus ? .mmrlPlusPlus : .mmrl, layers),
      pixels: Array(try fixture.file.floats("images").prefix(3072)),
      prompts: try fixture.tokens().prefix(2).map { Array($0.prefix(16)) })
  }

  @Test(
    "The same where patches are averaged",
    arguments: [RandomCLIP.Arithmetic.clipa, .averaged], [AdapterMethod.mmrl, .mmrlPlusPlus])
  func otherArithmetics(arithmetic: RandomCLIP.Arithmetic, method: AdapterMethod) throws {
    try withTemporaryDirectory { folder in
      var random = SplitMix64(seed: 11)
      try check(
        RandomCLIP(.none).checkpoint(in: folder, arithmetic), RandomCLIP.adapter(method),
        pixels: (0..<3072).map { _ in random.normal() },
        prompts: [[598, 3, 200, 599], [598, 3, 17, 40, 599]])
    }
  }

  private func check(
    _ checkpoint: CLIPCheckpoint, _ start: Adapter, pixels: [Float], prompts: [[Int32]]
  ) throws {
    let plain = try PlainCLIP(checkpoint)
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
    for (name, gradient) in gradients.values {
      // The entry with the largest gradient, where the difference stands out of the rounding of the tokens to float.
      let values = gradient.elements
      let index = try #require(values.indices.max { abs(values[$0]) < abs(values[$1]) })
      func shifted(_ step: Float) -> Double {
        var moved: [String: [Float]] = start.tensors.map(\.elements).values
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
