import CLIPModel
import Glibc
import Testing
import Training

@Suite struct TrainingRecipeTests {
  @Test func publishedPresets() {
    let rows: [(AdapterPlan.Preset, AdapterMethod, Bool, Int, Double, Int, Int)] = [
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
}
