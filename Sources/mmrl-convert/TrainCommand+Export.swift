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
    let outcome = finished.outcome
    for contender in finished.contenders {
      let figure = contender.scores.map {
        "\($0.correct) of \($0.total) right (\(decimal($0.accuracy, 1)) %)"
      }
      Message.say("held-out photos: \(figure ?? "none")  \(contender.name)")
    }
    for warning in finished.warnings { Message.say(warning) }

    var sets = [try labels(.known, finished.training.data.labels, finished)]
    var novelFigures: [[String]] = []
    if let novel = finished.novel {
      let set = try labels(.novel, novel.labels, finished)
      sets.append(set)
      if !novel.photos.isEmpty {
        novelFigures = try figures(of: novel, texts: set.features, finished)
        for row in novelFigures { Message.say(row.joined(separator: ": ")) }
      }
    }
    let check = try makeModel(finished, sets)
    if let saveAdapter {
      try outcome.adapter.stored(
        notes: recipe(outcome.plan),
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

  private func labels(
    _ kind: Manifest.LabelSet.Kind, _ names: [String], _ finished: FinishedTraining
  ) throws -> ModelExport.Labels {
    let template = finished.training.data.template
    return ModelExport.Labels(
      Manifest.LabelSet(kind: kind, template: template, labels: names),
      features: try finished.training.learner.texts(
        names, template: template, adapter: finished.outcome.adapter
      ).features)
  }

  private func makeModel(
    _ finished: FinishedTraining, _ sets: [ModelExport.Labels]
  ) throws -> ModelCheck {
    let (learner, data) = (finished.training.learner, finished.training.data)
    let outcome = finished.outcome
    var scores: [String: Double] = [:]
    for contender in finished.contenders {
      if let measured = contender.scores {
        scores["held-out: \(contender.name)"] = measured.accuracy
      }
    }
    let heldCrops = try stride(
      from: 0, to: data.held.count, by: max(1, data.held.count / 64)
    ).map { learner.preprocessing.crop(try ImageFile.decode(data.held[$0].path)) }
    let shotCrops = stride(
      from: 0, to: data.shots.crops.count, by: max(1, data.shots.crops.count / 48)
    ).map { data.shots.crops[$0] }
    let maker = ModelMaker(
      export: ModelExport(
        checkpoint: finished.checkpoint, clip: learner.clip, adapter: outcome.adapter,
        labels: sets,
        discriminant: outcome.discriminant.map {
          Discriminant(weight: $0.weight, bias: $0.bias)
        }),
      float: .float(learner.clip, outcome.adapter, learner.preprocessing),
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: finished.checkpoint.path.lastPathComponent, sha256: finished.sha256),
        recipe: recipe(outcome.plan), seed: seed, scores: scores, toolVersion: Version.text,
        licence: try model.readLicence()),
      threads: source.threads)
    return try maker.write(
      to: model.output,
      ModelMaker.Pictures(
        calibration: ModelExport.Calibration(source: "shots", crops: shotCrops),
        check: heldCrops.isEmpty ? shotCrops : heldCrops),
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
    let learner = finished.training.learner
    let adapter = finished.outcome.adapter
    let features = try learner.features(of: novel.photos) {
      learner.features(of: $0, adapter: adapter)
    }
    let scorer = LabelScorer(texts: texts, alpha: adapter.settings.alpha)
    let scores = Scores(
      logits: scorer.logits(features, head: .classOnly).elements,
      actual: novel.photos.map(\.label), labelCount: novel.labels.count)
    var rows = [["novel, \(scores.total) photos", decimal(scores.accuracy, 1) + " %"]]
    if let known = finished.outcome.scores {
      rows.insert(
        ["known, \(known.total) held-out photos", decimal(known.accuracy, 1) + " %"], at: 0)
      rows.append([
        "harmonic mean", decimal(harmonicMean(known.accuracy, scores.accuracy), 1) + " %",
      ])
    }
    return rows
  }
}
