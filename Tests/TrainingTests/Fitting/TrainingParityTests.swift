import CLIPModel
import CLIPTestSupport
import FloatMath
import Testing
import Training

/// Twenty steps of the published trainers, repeated.
///
/// Adam's first updates are about `rate · sign(gradient)`, so where a gradient is nearly zero the last bits of another
/// summation order decide the direction of a weight's step: losses and gradients are compared tightly, later weights with a
/// tolerance of a few learning rates on few entries.
@Suite struct TrainingParityTests {
  static let runs = ["train-MMRL", "train-MMRLpp", "train-MMRLpp_official_init"]

  @Test(arguments: runs)
  func twentySteps(name: String) throws {
    let fixture = try MicroFixture(name)
    let rates = try #require(fixture.meta.lrs)
    let labels = try fixture.file.floats("labels").map { Int($0) }
    // All runs were shown the same images, which one file has.
    let images = try MicroFixture("train-MMRL").file.floats("images")
    let losses = try fixture.file.floats("losses")
    let terms = try fixture.matrix("loss_terms")
    var recipe = TrainingRecipe(
      batchSize: 4, learningRate: 1e-3, epochs: 4,
      regularization: try #require(fixture.meta.reg_weight))
    recipe.warmupEpochs = 1
    var trainer = try AdapterTrainer(
      clip: try MicroFixture.clip(), adapter: try fixture.adapter("step0."),
      prompts: try fixture.tokens(), photos: GivenPhotos(labels: Array(0..<10)), recipe: recipe,
      seed: 1)
    let perStep = images.count / 20
    for step in 0..<20 {
      #expect(abs(recipe.learningRate(epoch: step / 5) - rates[step]) < 1e-12)
      let (report, gradients) = trainer.step(
        pixels: Array(images[step * perStep..<(step + 1) * perStep]),
        labels: Array(labels[step * 4..<(step + 1) * 4]), rate: rates[step])
      let loss = Double(losses[step])
      #expect(
        abs(report.loss - loss) <= 1e-4 * loss, "step \(step + 1): \(report.loss), not \(loss)")
      for (index, term) in [
        report.terms.classEntropy, report.terms.representationEntropy, report.terms.imageDistance,
        report.terms.textDistance,
      ].enumerated() {
        let expected = Double(terms[step, index])
        #expect(abs(term - expected) <= 1e-4 * max(1, abs(expected)), "term \(index)")
      }
      if step == 0 { try compareGradients(gradients, fixture) }
      if [0, 4, 19].contains(step) {
        try compareWeights(trainer.adapter, fixture, step: step + 1, rates: rates)
      }
    }
  }

  private func compareGradients(_ gradients: Adapter.Tensors, _ fixture: MicroFixture) throws {
    #expect(gradients.names.count == (fixture.meta.trainer == "MMRL" ? 14 : 23))
    for (name, gradient) in gradients.values {
      let expected = try fixture.file.floats("step1.grad.\(name)")
      let largest = difference(gradient.elements, expected, relative: true)
      if expected.allSatisfy({ $0 == 0 }) {
        #expect(gradient.elements.allSatisfy { $0 == 0 }, "\(name) has a gradient")
      } else {
        #expect(largest < 1e-3, "\(name): \(largest)")
      }
    }
  }

  private func compareWeights(
    _ adapter: Adapter, _ fixture: MicroFixture, step: Int, rates: [Double]
  ) throws {
    // No weight can have moved apart by more than both runs' whole way.
    let way = Float(rates[..<step].reduce(0, +))
    for (name, tensor) in adapter.tensors.values {
      let expected = try fixture.file.floats("step\(step).param.\(name)")
      let apart = zip(tensor.elements, expected).map { abs($0 - $1) }
      let outliers = apart.count { $0 > way * 0.05 + 1e-6 }
      #expect(
        apart.allSatisfy { $0 <= 2.5 * way + 1e-6 }, "step \(step), \(name): \(apart.max() ?? 0)")
      #expect(
        Double(outliers) <= 0.02 * Double(apart.count) + 1,
        "step \(step), \(name): \(outliers) of \(apart.count) weights are off")
    }
  }
}

/// Photos for a trainer that is given its pixels step by step.
struct GivenPhotos: TrainingPhotos {
  let labels: [Int]
  func size(of photo: Int) -> (width: Int, height: Int) { (32, 32) }
  func pixels(of photo: Int, _ view: PhotoView) -> [Float] { [] }
}
