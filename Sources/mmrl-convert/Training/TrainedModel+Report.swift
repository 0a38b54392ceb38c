import Basics
import CLIPModel
import Training

extension TrainedModel {
  /// What `--report` shows.
  ///
  /// - Parameters:
  ///   - check: the figures of the exported model.
  ///   - novelFigures: how it does on novel labels; may be empty.
  /// - Returns: the report.
  func report(
    _ check: ModelCheck, novelFigures: [(name: String, value: String)]
  ) -> TrainingReport {
    var report = TrainingReport(
      title: "Training on \(run.photos.lastPathComponent)", summary: summary,
      labels: data.labels,
      scores: scores ?? Scores(predicted: [], actual: [], labelCount: data.labels.count),
      zeroShotOfLabels: candidates[0].scores?.accuracyOfLabels ?? data.labels.map { _ in nil })
    report.warnings = warnings + problems
    report.epochs = fitted.epochs.map {
      TrainingReport.Epoch(
        loss: $0.loss,
        terms: [
          ("cross entropy, class", $0.classEntropy),
          ("cross entropy, representation", $0.representationEntropy),
          ("1 − cosine, images", $0.imageDistance), ("1 − cosine, texts", $0.textDistance),
        ],
        accuracy: 100 * $0.accuracy)
    }
    report.candidates = candidates.enumerated().compactMap { index, candidate in
      candidate.scores.map {
        TrainingReport.Candidate(
          name: candidate.name, accuracy: $0.accuracy,
          isExported: index == candidates.count - 1)
      }
    }
    report.tables = [
      TrainingReport.Table(
        heading: "Known and novel labels",
        note: "Known labels by fusion, novel labels by the class head alone.", rows: novelFigures),
      TrainingReport.Table(
        heading: "Int8 against float",
        note: "The exported model beside the float tower that it was made from.",
        rows: check.rows),
      TrainingReport.Table(
        heading: "Settings", note: "Preset \(run.preset.rawValue), seed \(run.seed).",
        rows: fitted.plan.description.map { ($0.name, $0.value) }),
      TrainingReport.Table(
        heading: "Provenance", note: "What the model was made from.",
        rows: [
          ("checkpoint", checkpoint.path.lastPathComponent), ("SHA-256", sha256),
          ("program", Version.text), ("photos learnt from", "\(data.shots.labels.count)"),
          ("validation photos", "\(validation.count)"), ("prompt", data.template),
        ]),
    ]
    return report
  }

  private var summary: String {
    let learnt =
      "\(data.labels.count) labels, learnt from \(data.shots.labels.count) photos, "
      + "seed \(run.seed)."
    guard let scores else {
      return learnt + " There are no validation photos, so it is not known how well it does."
    }
    return "\(Decimal.fixed(scores.accuracy, 1)) % of \(scores.total) validation photos get their "
      + "label. \(learnt)"
  }
}
