import CLIPModel
import Testing
import Training

@Suite struct AdapterPlanTests {
  private let vitB16 = CLIPGeometry(
    imageSize: 224, patchSize: 16, visionWidth: 768, visionLayers: 12, visionHeads: 12,
    textWidth: 512, textLayers: 12, textHeads: 8, contextLength: 77, vocabularySize: 49408,
    embedDim: 512)

  /// Few photos get more epochs, unless a person says how many.
  @Test func epochsOnFewPhotos() {
    let preset = AdapterPlan(
      .photos, method: .mmrlPlusPlus, clip: vitB16, template: "{}"
    ).recipe
    #expect(preset.epochs(photos: 10_000) == preset.epochs)
    #expect(preset.steps(photos: 53) * preset.epochs(photos: 53) >= preset.leastSteps)
    #expect(preset.epochs(photos: 53) > preset.epochs)
    var options = AdapterPlan.Options()
    options.epochs = 3
    let plan = AdapterPlan(
      .photos, method: .mmrlPlusPlus, clip: vitB16, template: "{}", options: options)
    #expect(plan.recipe.epochs(photos: 53) == 3)
  }

  @Test func optionsChangeWhatTheyName() {
    var options = AdapterPlan.Options()
    options.alpha = 1
    options.beta = 1
    options.rank = 8
    options.layers = [6, 12]
    options.tokens = 3
    options.spaceWidth = 64
    options.discriminant = true
    let plan = AdapterPlan(
      .fewShot, method: .mmrlPlusPlus, clip: vitB16, template: "{}", options: options)
    #expect(plan.settings.alpha == 1 && plan.settings.beta == 1)
    #expect(plan.geometry.rank == 8 && plan.geometry.tokenCount == 3)
    #expect(plan.geometry.spaceWidth == 64 && plan.geometry.layerCount == 2)
    #expect(plan.addsDiscriminant)
  }
}
