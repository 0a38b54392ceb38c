import CLIPModel
import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Quantization
import Training

extension TrainCommand {
  /// Writes the model, the adapter and the report, and says how they do.
  func export(_ finished: FinishedTraining) throws {
    let fitted = finished.fitted
    for candidate in finished.candidates {
      let figure = candidate.scores.map {
        "\($0.correct) of \($0.total) right (\(decimal($0.accuracy, 1)) %)"
      }
      Message.say("held-out photos: \(figure ?? "none")  \(candidate.name)")
    }
    for warning in finished.warnings { Message.say(warning) }

    var sets = [ModelExport.Labels(.known, fitted.labels)]
    var novelFigures: [[String]] = []
    if let novel = finished.novel {
      let labels = try finished.learner.texts(
        novel.labels, template: finished.data.template, adapter: fitted.adapter)
      labels.prompts.sayWhatIsTruncated(contextLength: finished.learner.clip.texts.contextLength)
      let set = ModelExport.Labels(.novel, labels)
      sets.append(set)
      if !novel.photos.isEmpty {
        novelFigures = try figures(of: novel, texts: set.features, finished)
        for row in novelFigures { Message.say(row.joined(separator: ": ")) }
      }
    }
    let check = try makeModel(finished, sets)
    if let saveAdapter {
      try fitted.adapter.stored(
        notes: recipe(fitted.plan),
        classEmbedding: try finished.checkpoint.tensor("visual.class_embedding")
      ).write(to: saveAdapter)
      print("\(saveAdapter): the adapter")
    }
    if let report {
      let page = reported(finished, check, novelFigures: novelFigures).page()
      try Data(page.utf8).write(to: URL(fileURLWithPath: report), options: .atomic)
      print("\(report): the report")
    }
  }

  private func makeModel(
    _ finished: FinishedTraining, _ sets: [ModelExport.Labels]
  ) throws -> ModelCheck {
    let (learner, data) = (finished.learner, finished.data)
    let fitted = finished.fitted
    var scores: [String: Double] = [:]
    for candidate in finished.candidates {
      if let measured = candidate.scores {
        scores["held-out: \(candidate.name)"] = measured.accuracy
      }
    }
    let validationCrops = try stride(
      from: 0, to: finished.validation.count, by: max(1, finished.validation.count / 64)
    ).map { learner.preprocessing.crop(try ImageFile.decode(finished.validation[$0].path)) }
    let shotCrops = stride(
      from: 0, to: data.shots.crops.count, by: max(1, data.shots.crops.count / 48)
    ).map { data.shots.crops[$0] }
    let maker = ModelMaker(
      export: ModelExport(
        checkpoint: finished.checkpoint, clip: learner.clip, adapter: fitted.adapter,
        labels: sets,
        discriminant: fitted.discriminant),
      float: .float(learner.clip, fitted.adapter, learner.preprocessing),
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: finished.checkpoint.path.lastPathComponent, sha256: finished.sha256),
        recipe: recipe(fitted.plan), seed: seed, scores: scores, toolVersion: Version.text,
        licence: try model.readLicence()),
      threads: source.threads)
    return try maker.write(
      to: model.output,
      ModelMaker.Pictures(
        calibration: ModelExport.Calibration(source: "shots", crops: shotCrops),
        check: validationCrops.isEmpty ? shotCrops : validationCrops),
      leastCosine: model.leastCosine)
  }

  private func recipe(_ plan: AdapterPlan) -> [String: String] {
    var recipe = ["preset": preset.rawValue, "shots": "\(shots)"]
    for (name, value) in plan.description { recipe[name] = value }
    return recipe
  }

  /// How the model does on photos of novel labels, beside the known ones.
  private func figures(
    of novel: NovelLabels, texts: Matrix, _ finished: FinishedTraining
  ) throws -> [[String]] {
    let learner = finished.learner
    let adapter = finished.fitted.adapter
    let features = try learner.features(of: novel.photos) {
      learner.features(of: $0, adapter: adapter)
    }
    let scorer = LabelScorer(texts: texts, alpha: adapter.settings.alpha)
    let scores = Scores(
      logits: scorer.logits(features, head: .classOnly).elements,
      actual: novel.photos.map(\.label), labelCount: novel.labels.count)
    var rows = [["novel, \(scores.total) photos", decimal(scores.accuracy, 1) + " %"]]
    if let known = finished.scores {
      rows.insert(
        ["known, \(known.total) held-out photos", decimal(known.accuracy, 1) + " %"], at: 0)
      rows.append([
        "harmonic mean", decimal(harmonicMean(known.accuracy, scores.accuracy), 1) + " %",
      ])
    }
    return rows
  }
}
