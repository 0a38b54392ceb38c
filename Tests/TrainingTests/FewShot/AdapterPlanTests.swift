import Testing
import Training

@Suite struct AdapterPlanTests {
  private let vitB16 = CLIPGeometry(
    imageSize: 224, patchSize: 16, visionWidth: 768, visionLayers: 12, visionHeads: 12,
    textWidth: 512, textLayers: 12, textHeads: 8, contextLength: 77, vocabularySize: 49408,
    embedDim: 512)

  private func plan(_ preset: AdapterPlan.Preset, _ method: String, _ dataset: String) throws
    -> AdapterPlan
  {
    AdapterPlan(
      preset, method: method == "mmrl" ? .mmrl : .mmrlPlusPlus,
      dataset: dataset.isEmpty ? nil : try Dataset.named(dataset), clip: vitB16,
      template: "a photo of a {}.")
  }

  /// The published settings that differ by method, data set and protocol.
  @Test(arguments: [
    ("base-to-novel", "mmrl", "eurosat", 0.01, 1.0, 2048, 4, 10),
    ("few-shot", "mmrl", "eurosat", 0.01, 1, 2048, 32, 50),
    ("cross-dataset", "mmrl", "eurosat", 0.2, 1, 512, 32, 1),
    ("base-to-novel", "mmrl", "", 1, 1, 512, 4, 10),
    ("few-shot", "mmrl", "", 0.5, 1, 512, 32, 50),
    ("base-to-novel", "mmrl++", "caltech101", 3, 0.6, 512, 4, 10),
    ("few-shot", "mmrl++", "caltech101", 3, 0.6, 512, 32, 100),
    ("few-shot", "mmrl++", "imagenet", 0.2, 0.9, 512, 32, 5),
    ("base-to-novel", "mmrl++", "imagenet", 0.2, 0.9, 512, 32, 5),
    ("cross-dataset", "mmrl++", "imagenet", 0.1, 0.9, 512, 32, 1),
    ("cross-dataset", "mmrl++", "dtd", 0.2, 0.9, 512, 32, 1),
    ("base-to-novel", "mmrl++", "", 1, 0.9, 512, 4, 10),
  ])
  func published(
    preset: String, method: String, dataset: String, lambda: Double, beta: Double, width: Int,
    batch: Int, epochs: Int
  ) throws {
    let preset = try #require(AdapterPlan.Preset(rawValue: preset))
    let plan = try plan(preset, method, dataset)
    #expect(abs(plan.recipe.regularization - lambda) < 1e-6)
    if preset != .crossDataset { #expect(abs(Double(plan.settings.beta) - beta) < 1e-6) }
    #expect(plan.geometry.spaceWidth == width)
    #expect(plan.recipe.batchSize == batch)
    #expect(plan.recipe.epochs == epochs)
    #expect(plan.settings.alpha == 0.7)
    #expect(plan.settings.representationLayers == [6, 7, 8, 9, 10, 11, 12])
    #expect(plan.recipe.fixedViews == nil)
    #expect(!plan.addsDiscriminant)
  }

  /// Few photos get more epochs, unless a person says how many.
  @Test func epochsOnFewPhotos() throws {
    let preset = try plan(.photos, "mmrl++", "").recipe
    #expect(preset.epochs(photos: 10_000) == preset.epochs)
    #expect(preset.steps(photos: 53) * preset.epochs(photos: 53) >= preset.leastSteps)
    #expect(preset.epochs(photos: 53) > preset.epochs)
    var options = AdapterPlan.Options()
    options.epochs = 3
    let plan = AdapterPlan(
      .photos, method: .mmrlPlusPlus, dataset: nil, clip: vitB16, template: "{}", options: options)
    #expect(plan.recipe.epochs(photos: 53) == 3)
  }

  @Test func optionsChangeWhatTheyName() throws {
    var options = AdapterPlan.Options()
    options.alpha = 1
    options.beta = 1
    options.rank = 8
    options.layers = [6, 12]
    options.tokens = 3
    options.spaceWidth = 64
    options.discriminant = true
    let plan = AdapterPlan(
      .fewShot, method: .mmrlPlusPlus, dataset: nil, clip: vitB16, template: "{}", options: options)
    #expect(plan.settings.alpha == 1 && plan.settings.beta == 1)
    #expect(plan.geometry.rank == 8 && plan.geometry.tokenCount == 3)
    #expect(plan.geometry.spaceWidth == 64 && plan.geometry.layerCount == 2)
    #expect(plan.addsDiscriminant)
  }
}
