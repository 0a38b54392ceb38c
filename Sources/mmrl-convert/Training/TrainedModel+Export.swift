import Calibration
import Basics
import CLIPModel
import FloatMath
import Imaging
import ModelFile
import Quantization
import Training

extension TrainedModel {
  /// Writes the model, the adapter and the report, and says how they do.
  ///
  /// - Parameter progress: is told how far it is.
  /// - Throws: what keeps a file from being written; `ExitCode.partly` when the model failed its check.
  func export(_ progress: inout Progress) throws {
    sayHowItDoes()
    let known = fitted.labels
    known.prompts.sayWhatIsTruncated(contextLength: checkpoint.geometry.contextLength)
    known.prompts.sayWhatIsAmbiguous()
    let novelFeatures = try novel.map { try features(of: $0.labels) }
    let novelFigures = try novelFeatures.map { try figures(novelTexts: $0.features) } ?? []
    for (name, value) in novelFigures { Message.say("\(name): \(value)") }
    var sets = [ModelExport.Labels(.known, known)]
    if let novelFeatures { sets.append(ModelExport.Labels(.novel, novelFeatures)) }
    let check = try makeModel(sets, &progress)
    if let path = run.adapterPath {
      try fitted.adapter.stored(
        notes: recipe, classEmbedding: try checkpoint.tensor("visual.class_embedding")
      ).write(to: path)
      print("\(path): the adapter")
    }
    if let path = run.reportPath {
      let page = ReportPage(try report(check, novelFigures: novelFigures))
      try OutputPlace.write(try page.html(), to: path)
      print("\(path): the report")
    }
    print(nextCommand)
  }

  /// Labels as the text tower encodes them with the trained adapter.
  private func features(of labels: [String]) throws -> LabelFeatures {
    let encoded = try learner.texts(
      labels, template: data.template, adapter: fitted.adapter)
    encoded.prompts.sayWhatIsTruncated(contextLength: checkpoint.geometry.contextLength)
    encoded.prompts.sayWhatIsAmbiguous()
    return encoded
  }

  private func makeModel(
    _ sets: [ModelExport.Labels], _ progress: inout Progress
  ) throws -> ModelCheck {
    // Tuned on every other photo, checked on the others.
    let crops = data.shots.crops
    let tuning = Self.some(48, of: Array(stride(from: 0, to: crops.count, by: 2)))
    let check = Self.some(64, of: Array(stride(from: 1, to: crops.count, by: 2)))
    var export = ModelExport(
      checkpoint: checkpoint, clip: learner.clip, adapter: fitted.adapter, labels: sets,
      discriminant: fitted.discriminant)
    try addAnswer(to: &export, progress)
    if run.output.withText {
      export.text = TextTowerExport(checkpoint, try run.source.tokenizer(for: checkpoint))
    }
    let maker = ModelMaker(
      export: export,
      float: .float(learner.clip.images, fitted.adapter, learner.preprocessing),
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: run.source.name(of: checkpoint), sha256: sha256),
        recipe: recipe, seed: run.seed, scores: scores, toolVersion: Version.text,
        licence: try run.output.readLicence()),
      threads: run.source.threads)
    return try maker.write(
      to: run.output,
      CalibrationImages(
        calibration: ModelExport.Calibration(source: "shots", crops: tuning.map { crops[$0] }),
        check: check.map { crops[$0] }, float: fitted.features?.selecting(check)),
      &progress)
  }

  /// What provenance keeps of the measurement: accuracies in percent, and the 90 % interval of the model's own.
  private var scores: [String: Double] {
    guard let findings else { return [:] }
    let how: String
    switch findings.source {
    case .crossValidation: how = "cross-validated"
    case .validationPhotos: how = "validation"
    }
    var scores: [String: Double] = [:]
    for candidate in findings.comparison {
      scores["\(how): \(candidate.name)"] = 100 * candidate.accuracy.value
      guard candidate.isExported else { continue }
      scores["\(how), 90 % interval: from"] = 100 * candidate.accuracy.interval.low
      scores["\(how), 90 % interval: to"] = 100 * candidate.accuracy.interval.high
    }
    return scores
  }

  /// About so many of a list's elements, evenly spaced.
  private static func some<Element>(_ count: Int, of list: [Element]) -> [Element] {
    stride(from: 0, to: list.count, by: max(1, list.count / count)).map { list[$0] }
  }

  private var recipe: [String: String] {
    var recipe = ["preset": run.preset.rawValue, "shots": "\(run.shots)"]
    for (name, value) in fitted.plan.description { recipe[name] = value }
    return recipe.merging(ReadingRecipe.entries(of: checkpoint)) { $1 }
  }

  /// How the model does on photos of novel labels, beside the known ones; nothing without such photos.
  private func figures(novelTexts: Matrix) throws -> [(name: String, value: String)] {
    guard let novel, !novel.photos.isEmpty else { return [] }
    let adapter = fitted.adapter
    let features = try learner.features(of: novel.photos) {
      learner.features(of: $0, adapter: adapter)
    }
    let scorer = LabelScorer(texts: novelTexts, alpha: adapter.settings.alpha)
    let scores = Scores(
      logits: scorer.logits(features, head: .classOnly).elements,
      actual: novel.photos.map(\.label), labelCount: novel.labels.count)
    func percent(_ value: Double) -> String { Decimal.fixed(value, 1) + " %" }
    let own = (
      name: "by name, \(Decimal.counted(scores.total, "photo"))", value: percent(scores.accuracy)
    )
    guard let findings, let known = findings.measurement.accuracy(findings.measurement.shipped)
    else { return [own] }
    return [
      ("learnt", percent(100 * known.value)), own,
      ("harmonic mean", percent(harmonicMean(100 * known.value, scores.accuracy))),
    ]
  }
}
