import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Training

extension TrainCommand {
  /// Writes the model, the adapter and the report, and says how they do.
  func export(
    _ outcome: PhotoTraining.Outcome, training: PhotoTraining, choice: TrainingRun.Choice?,
    _ checkpoint: CLIPCheckpoint, _ sha256: String, novel: NovelLabels?, problems: [String]
  ) throws {
    let learner = training.learner
    let data = training.data
    let contenders = training.baselines() + outcome.contenders
    let warnings = warnings(contenders, outcome, choice)
    for contender in contenders {
      let figure = contender.scores.map {
        "\($0.correct) of \($0.total) right (\(decimal($0.accuracy, 1)) %)"
      }
      Message.say("held-out photos: \(figure ?? "none")  \(contender.name)")
    }
    for warning in warnings { Message.say(warning) }

    func labels(_ kind: Manifest.LabelSet.Kind, _ names: [String]) throws -> ModelExport.Labels {
      ModelExport.Labels(
        Manifest.LabelSet(kind: kind, template: data.template, labels: names),
        features: try learner.texts(names, template: data.template, adapter: outcome.adapter))
    }
    var sets = [try labels(.known, data.labels)]
    if let novel { sets.append(try labels(.novel, novel.labels)) }
    var scores: [String: Double] = [:]
    for contender in contenders {
      if let measured = contender.scores {
        scores["held-out: \(contender.name)"] = measured.accuracy
      }
    }
    var novelFigures: [[String]] = []
    if let novel, !novel.photos.isEmpty {
      novelFigures = try measure(novel, sets[1].features, outcome, learner, known: outcome.scores)
      for row in novelFigures { Message.say(row.joined(separator: ": ")) }
    }
    let heldCrops = try stride(
      from: 0, to: data.held.count, by: max(1, data.held.count / 64)
    ).map { learner.preprocessing.crop(try PhotoStore.decode(data.held[$0].path)) }
    let shotCrops = stride(
      from: 0, to: data.shots.crops.count, by: max(1, data.shots.crops.count / 48)
    )
    .map { data.shots.crops[$0] }
    let maker = ModelMaker(
      export: ModelExport(
        checkpoint: checkpoint, clip: learner.clip, adapter: outcome.adapter, labels: sets,
        discriminant: outcome.discriminant.map {
          ModelExport.Discriminant(weight: $0.weight, bias: $0.bias)
        }),
      float: .float(learner.clip, outcome.adapter, learner.preprocessing),
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: checkpoint.path.lastPathComponent, sha256: sha256),
        recipe: recipe(outcome.plan), seed: seed, scores: scores, toolVersion: Version.text,
        licence: try licence.map(TextFile.read)),
      threads: source.threads)
    let check = try maker.write(
      to: output,
      ModelMaker.Pictures(
        calibration: ModelExport.Calibration(source: "shots", crops: shotCrops),
        check: heldCrops.isEmpty ? shotCrops : heldCrops),
      leastCosine: leastCosine)
    print(check.table)
    print("\(output): \(Decimal.grouped(try ModelReader(path: output).fileLength)) bytes")
    if let saveAdapter {
      try outcome.adapter.stored(
        notes: recipe(outcome.plan),
        classEmbedding: try checkpoint.tensor("visual.class_embedding")
      ).write(to: saveAdapter)
      print("\(saveAdapter): the adapter")
    }
    if let report {
      let page = TrainingReport(
        title: "Training on \(photos.lastPathComponent)",
        summary: summary(outcome, data),
        warnings: warnings + problems,
        epochs: outcome.epochs.map {
          TrainingReport.Epoch(
            loss: $0.loss,
            terms: [$0.classEntropy, $0.representationEntropy, $0.imageDistance, $0.textDistance],
            accuracy: 100 * $0.accuracy)
        },
        contenders: contenders.enumerated().compactMap { index, contender in
          contender.scores.map {
            TrainingReport.Contender(
              name: contender.name, accuracy: $0.accuracy,
              isExported: index == contenders.count - 1)
          }
        },
        labels: data.labels,
        scores: outcome.scores
          ?? Scores(predicted: [], actual: [], labelCount: data.labels.count),
        zeroShotOfLabels: contenders[0].scores?.accuracyOfLabels
          ?? data.labels.map { _ in nil },
        figures: [
          TrainingReport.Figures(
            title: "Known and novel labels",
            note: "Known labels by fusion, novel labels by the class head alone.",
            rows: novelFigures),
          TrainingReport.Figures(
            title: "Settings tried",
            note: "Photos of the shots that got their label by what was learnt from other shots.",
            rows: choice.map(triedSettings) ?? []),
          TrainingReport.Figures(
            title: "Int8 against float",
            note: "The exported model beside the float tower that it was made from.",
            rows: try int8Figures(check, outcome, data, learner)),
          TrainingReport.Figures(
            title: "Settings", note: "Preset \(preset.rawValue), seed \(seed).",
            rows: outcome.plan.description.map { [$0.name, $0.value] }),
          TrainingReport.Figures(
            title: "Provenance", note: "What the model was made from.",
            rows: [
              ["checkpoint", checkpoint.path.lastPathComponent],
              ["SHA-256", sha256], ["program", Version.text],
              ["photos learnt from", "\(data.shots.labels.count)"],
              ["photos held out", "\(data.held.count)"], ["prompt", data.template],
            ]),
        ])
      try OutputPlace.write(page.page(), to: report)
      print("\(report): the report")
    }
  }

  private func triedSettings(_ choice: TrainingRun.Choice) -> [[String]] {
    choice.tried.map { name, hits in
      [
        name + (name == choice.setting.name ? " (chosen)" : ""),
        "\(hits.count { $0 }) of \(hits.count)",
      ]
    }
  }

  private func recipe(_ plan: AdapterPlan) -> [String: String] {
    var recipe = ["preset": preset.rawValue, "shots": "\(shots)"]
    for (name, value) in plan.description { recipe[name] = value }
    return recipe
  }

  private func summary(_ outcome: PhotoTraining.Outcome, _ data: PhotoTraining.Data) -> String {
    let learnt =
      "\(data.labels.count) labels, learnt from \(data.shots.labels.count) photos, seed \(seed)."
    guard let scores = outcome.scores else {
      return learnt + " No photos were held out, so nothing is known about how well it does."
    }
    return
      "\(decimal(scores.accuracy, 1)) % of \(scores.total) held-out photos get their label. "
      + learnt
  }

  /// What a person must hear before using the model.
  private func warnings(
    _ contenders: [PhotoTraining.Contender], _ outcome: PhotoTraining.Outcome,
    _ choice: TrainingRun.Choice?
  ) -> [String] {
    var warnings = (choice?.betterBaselines ?? []).map { better in
      "in the search, \(better.name) got more of the checked photos right than the chosen setting: "
        + "\(better.hits.count { $0 }) of \(better.hits.count)"
    }
    guard let own = outcome.scores else {
      return warnings
        + ["no photos could be held out: it is not known how well the exported model does"]
    }
    for other in contenders.dropLast() {
      guard let theirs = other.scores, theirs.correct > own.correct else { continue }
      warnings.append(
        "the exported model loses to \(other.name) on the held-out photos: \(own.correct) right of "
          + "\(own.total) against \(theirs.correct) (more photos help"
          + (choice == nil ? "; so may --auto)" : ")"))
    }
    return warnings
  }

  private func measure(
    _ novel: NovelLabels, _ texts: Matrix, _ outcome: PhotoTraining.Outcome,
    _ learner: FewShotLearner, known: Scores?
  ) throws -> [[String]] {
    let features = try learner.features(of: novel.photos) {
      learner.features(of: $0, adapter: outcome.adapter)
    }
    let scorer = FewShotScorer(texts: texts, alpha: outcome.adapter.settings.alpha)
    let scores = Scores(
      logits: scorer.logits(features, head: .classOnly).elements,
      actual: novel.photos.map(\.label), labelCount: novel.labels.count)
    var rows = [["novel, \(scores.total) photos", decimal(scores.accuracy, 1) + " %"]]
    if let known {
      rows.insert(
        ["known, \(known.total) held-out photos", decimal(known.accuracy, 1) + " %"], at: 0)
      rows.append([
        "harmonic mean", decimal(harmonicMean(known.accuracy, scores.accuracy), 1) + " %",
      ])
    }
    return rows
  }

  private func int8Figures(
    _ check: ModelCheck, _ outcome: PhotoTraining.Outcome, _ data: PhotoTraining.Data,
    _ learner: FewShotLearner
  ) throws -> [[String]] {
    var rows = [["mean cosine, class feature", decimal(check.classFeatures.mean, 5)]]
    if let representation = check.representation {
      rows.append(["mean cosine, representation feature", decimal(representation.mean, 5)])
    }
    for (kind, top) in check.agreement {
      rows.append(["same best \(kind.rawValue) label", "\(top.agreeing) of \(top.images)"])
    }
    return rows
  }
}
