import CLIPModel
import Protocols
import Testing
import Training

@Suite struct PublishedPlanTests {
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
}
