import CLIPModel
import Training

extension TrainCommand {
  /// What `--report` shows.
  func reported(
    _ finished: FinishedTraining, _ check: ModelCheck, novelFigures: [[String]]
  ) -> TrainingReport {
    let (fitted, data) = (finished.fitted, finished.data)
    let candidates = finished.candidates
    return TrainingReport(
      title: "Training on \(photos.lastPathComponent)",
      summary: summary(finished),
      warnings: finished.warnings + finished.problems,
      epochs: fitted.epochs.map {
        TrainingReport.Epoch(
          loss: $0.loss,
          terms: [$0.classEntropy, $0.representationEntropy, $0.imageDistance, $0.textDistance],
          accuracy: 100 * $0.accuracy)
      },
      contenders: candidates.enumerated().compactMap { index, candidate in
        candidate.scores.map {
          TrainingReport.Contender(
            name: candidate.name, accuracy: $0.accuracy,
            isExported: index == candidates.count - 1)
        }
      },
      labels: data.labels,
      scores: finished.scores
        ?? Scores(predicted: [], actual: [], labelCount: data.labels.count),
      zeroShotOfLabels: candidates[0].scores?.accuracyOfLabels ?? data.labels.map { _ in nil },
      figures: [
        TrainingReport.Figures(
          title: "Known and novel labels",
          note: "Known labels by fusion, novel labels by the class head alone.",
          rows: novelFigures),
        TrainingReport.Figures(
          title: "Int8 against float",
          note: "The exported model beside the float tower that it was made from.",
          rows: check.rows),
        TrainingReport.Figures(
          title: "Settings", note: "Preset \(preset.rawValue), seed \(seed).",
          rows: fitted.plan.description.map { [$0.name, $0.value] }),
        TrainingReport.Figures(
          title: "Provenance", note: "What the model was made from.",
          rows: [
            ["checkpoint", finished.checkpoint.path.lastPathComponent],
            ["SHA-256", finished.sha256], ["program", Version.text],
            ["photos learnt from", "\(data.shots.labels.count)"],
            ["photos held out", "\(finished.validation.count)"], ["prompt", data.template],
          ]),
      ])
  }

  private func summary(_ finished: FinishedTraining) -> String {
    let data = finished.data
    let learnt =
      "\(data.labels.count) labels, learnt from \(data.shots.labels.count) photos, seed \(seed)."
    guard let scores = finished.scores else {
      return learnt + " No photos were held out, so nothing is known about how well it does."
    }
    return
      "\(decimal(scores.accuracy, 1)) % of \(scores.total) held-out photos get their label. "
      + learnt
  }
}
