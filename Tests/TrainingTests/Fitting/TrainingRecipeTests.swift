import FloatMath
import Glibc
import ModelFile
import Testing
import Training

@Suite struct TrainingRecipeTests {
  static let vitB16 = CLIPGeometry(
    imageSize: 224, patchSize: 16, visionWidth: 768, visionLayers: 12, visionHeads: 12,
    textWidth: 512, textLayers: 12, textHeads: 8, contextLength: 77, vocabularySize: 49408,
    embedDim: 512)

  @Test func publishedPresets() {
    let rows: [(TrainingRecipe.Preset, Manifest.Method, Bool, Int, Double, Int, Int)] = [
      (.baseToNovel, .mmrl, false, 4, 1e-3, 10, 1),
      (.baseToNovel, .mmrlPlusPlus, true, 32, 1e-3, 5, 1),
      (.fewShot, .mmrl, false, 32, 1e-3, 50, 1),
      (.fewShot, .mmrlPlusPlus, false, 32, 2e-3, 100, 1),
      (.fewShot, .mmrlPlusPlus, true, 32, 2e-3, 5, 1),
      (.crossDataset, .mmrlPlusPlus, true, 32, 1e-3, 1, 0),
    ]
    for (preset, method, onImageNet, batch, rate, epochs, warmup) in rows {
      let recipe = TrainingRecipe(preset, method: method, onImageNet: onImageNet)
      #expect(recipe.batchSize == batch && recipe.learningRate == rate)
      #expect(recipe.epochs == epochs && recipe.warmupEpochs == warmup)
      #expect(recipe.weightDecay == 5e-4)
    }
    #expect(TrainingRecipe(.fewShot, method: .mmrl).regularization == 0.5)
    #expect(TrainingRecipe(.fewShot, method: .mmrl, regularization: 7).regularization == 7)
  }

  @Test func scheduleDoesNotShortenItsPeriod() {
    let recipe = TrainingRecipe(.baseToNovel, method: .mmrl)
    let rates = (0..<10).map { recipe.learningRate(epoch: $0) }
    #expect(rates[0] == 1e-5 && rates[1] == 1e-3)
    #expect(abs(rates[9] - 0.5e-3 * (1 + cos(0.8 * Double.pi))) < 1e-12)
    #expect(TrainingRecipe(.crossDataset, method: .mmrl).learningRate(epoch: 0) == 1e-3)
  }

  /// Published recipes drop what does not fill a batch and count no steps.
  @Test func stepsAndEpochs() {
    var recipe = TrainingRecipe(
      batchSize: 32, learningRate: 1e-3, epochs: 10, regularization: 1)
    #expect([1, 31, 32, 53, 64, 800].map { recipe.steps(photos: $0) } == [1, 1, 1, 1, 2, 25])
    #expect(recipe.epochs(photos: 53) == 10)
    recipe.takesEveryPhoto = true
    recipe.leastSteps = 75
    #expect([1, 31, 32, 53, 64, 800].map { recipe.steps(photos: $0) } == [1, 1, 1, 2, 2, 25])
    #expect([1, 32, 53, 800].map { recipe.epochs(photos: $0) } == [75, 75, 38, 10])
  }

  @Test func defaultLayers() {
    var geometry = Self.vitB16
    #expect(AdapterSettings.defaultLayers(geometry) == Array(6...12))
    geometry.visionLayers = 24
    #expect(AdapterSettings.defaultLayers(geometry) == Array(6...12))
    geometry.visionLayers = 6
    #expect(AdapterSettings.defaultLayers(geometry) == Array(3...6))
  }

  /// The papers' numbers of trainable scalars, and the published distributions.
  @Test func initialization() throws {
    for (method, count) in [(Manifest.Method.mmrl, 4_992_256), (.mmrlPlusPlus, 813_312)] {
      let adapter = Adapter(
        untrained: AdapterGeometry(method, for: Self.vitB16, layerCount: 7),
        settings: AdapterSettings(representationLayers: Array(6...12), alpha: 0.7, beta: 0.9),
        seed: 1)
      #expect(adapter.tensors.values.reduce(0) { $0 + $1.count } == count)
      func values(_ name: String) throws -> [Float] {
        try #require(adapter.tensors[name]).elements
      }
      func deviation(_ x: [Float]) -> Float {
        (x.reduce(0) { $0 + $1 * $1 } / Float(x.count)).squareRoot()
      }
      let learner = "representation_learner."
      #expect(abs(deviation(try values("\(learner)compound_rep_tokens")) - 0.02) < 0.002)
      let bound = 1 / Float(512).squareRoot()
      if method == .mmrl {
        let first = try values("\(learner)compound_rep_tokens_r2vproj.0.weight")
        #expect(first == (try values("\(learner)compound_rep_tokens_r2vproj.6.weight")))
        #expect(first.allSatisfy { abs($0) <= bound })
        #expect(abs(deviation(first) - bound / Float(3).squareRoot()) < 0.001)
        let head = try values("image_encoder.proj_rep")
        #expect(abs(deviation(head) - 1 / Float(768).squareRoot()) < 0.001)
      } else {
        let a = try values("\(learner)srra_r2tproj.srra.0.A")
        #expect(a != (try values("\(learner)srra_r2tproj.srra.1.A")))
        #expect(a.allSatisfy { abs($0) <= 0.5 } && a.contains { abs($0) > 0.45 })
        let bias = try values("\(learner)srra_r2tproj.srra.0.bias")
        #expect(bias == (try values("\(learner)srra_r2tproj.srra.1.bias")))
        for b in ["\(learner)srra_r2vproj.srra.3.B", "image_encoder.B"] {
          #expect(try values(b).allSatisfy { $0 == 0 })
        }
        #expect(try values("image_encoder.A").allSatisfy { abs($0) <= 0.125 })
      }
    }
  }
}
