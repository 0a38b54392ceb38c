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
  /// - Throws: what keeps a file from being written; `ExitCode.partly` when the model failed its check.
  func export() throws {
    for candidate in candidates {
      let figure = candidate.scores.map {
        "\($0.correct) of \($0.total) right (\(Decimal.fixed($0.accuracy, 1)) %)"
      }
      Message.say("validation photos: \(figure ?? "none")  \(candidate.name)")
    }
    for warning in warnings { Message.say(warning) }

    let known = fitted.labels
    known.prompts.sayWhatIsTruncated(contextLength: checkpoint.geometry.contextLength)
    let novelFeatures = try novel.map { try features(of: $0.labels) }
    let novelFigures = try novelFeatures.map { try figures(novelTexts: $0.features) } ?? []
    for (name, value) in novelFigures { Message.say("\(name): \(value)") }
    var sets = [ModelExport.Labels(.known, known)]
    if let novelFeatures { sets.append(ModelExport.Labels(.novel, novelFeatures)) }
    let check = try makeModel(sets)
    if let path = run.adapterPath {
      try fitted.adapter.stored(
        notes: recipe, classEmbedding: try checkpoint.tensor("visual.class_embedding")
      ).write(to: path)
      print("\(path): the adapter")
    }
    if let path = run.reportPath {
      let page = ReportPage(report(check, novelFigures: novelFigures))
      try OutputPlace.write(try page.html(), to: path)
      print("\(path): the report")
    }
  }

  /// Labels as the text tower encodes them with the trained adapter.
  private func features(of labels: [String]) throws -> LabelFeatures {
    let encoded = try learner.texts(
      labels, template: data.template, adapter: fitted.adapter)
    encoded.prompts.sayWhatIsTruncated(contextLength: checkpoint.geometry.contextLength)
    return encoded
  }

  private func makeModel(_ sets: [ModelExport.Labels]) throws -> ModelCheck {
    var scores: [String: Double] = [:]
    for candidate in candidates {
      if let measured = candidate.scores {
        scores["held-out: \(candidate.name)"] = measured.accuracy
      }
    }
    let validation = try Self.some(64, of: self.validation).map {
      learner.preprocessing.crop(try ImageFile.decode($0.path))
    }
    let shots = Self.some(48, of: data.shots.crops)
    var export = ModelExport(
      checkpoint: checkpoint, clip: learner.clip, adapter: fitted.adapter, labels: sets,
      discriminant: fitted.discriminant)
    try addAnswer(to: &export)
    if run.output.withText {
      export.text = TextTowerExport(checkpoint, try run.source.tokenizer(for: checkpoint))
    }
    let maker = ModelMaker(
      export: export,
      float: .float(learner.clip.images, fitted.adapter, learner.preprocessing),
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: checkpoint.path.lastPathComponent, sha256: sha256),
        recipe: recipe, seed: run.seed, scores: scores, toolVersion: Version.text,
        licence: try run.output.readLicence()),
      threads: run.source.threads)
    return try maker.write(
      to: run.output,
      CalibrationImages(
        calibration: ModelExport.Calibration(source: "shots", crops: shots),
        check: validation.isEmpty ? shots : validation))
  }

  /// About so many of a list's elements, evenly spaced.
  private static func some<Element>(_ count: Int, of list: [Element]) -> [Element] {
    stride(from: 0, to: list.count, by: max(1, list.count / count)).map { list[$0] }
  }

  private var recipe: [String: String] {
    var recipe = ["preset": run.preset.rawValue, "shots": "\(run.shots)"]
    for (name, value) in fitted.plan.description { recipe[name] = value }
    return recipe
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
    let own = (name: "novel, \(scores.total) photos", value: percent(scores.accuracy))
    guard let known = self.scores else { return [own] }
    return [
      ("known, \(known.total) validation photos", percent(known.accuracy)), own,
      ("harmonic mean", percent(harmonicMean(known.accuracy, scores.accuracy))),
    ]
  }
}
