import Basics
import CLIPModel
import Imaging
import Training

extension TrainedModel {
  /// What `--report` shows.
  ///
  /// - Parameters:
  ///   - check: the figures of the exported model.
  ///   - novelFigures: how it does on labels by name; may be empty.
  /// - Returns: the report.
  /// - Throws: `ImageError` when there is no memory for thumbnails.
  func report(
    _ check: ModelCheck, novelFigures: [(name: String, value: String)]
  ) throws -> TrainingReport {
    let measurement = findings?.measurement
    let zeroShot = measurement.map { $0.scores($0.candidates[0]).accuracyOfLabels }
    var report = TrainingReport(
      title: "Training on \(run.photos.lastPathComponent)",
      summary: headline.prefix(1).uppercased() + headline.dropFirst() + ".",
      labels: data.labels.enumerated().map { index, name in
        TrainingReport.Label(
          name: name,
          accuracy: measurement.flatMap { $0.accuracy($0.shipped, ofLabel: index) },
          zeroShot: zeroShot?[index])
      },
      scores: measurement.map { $0.scores($0.shipped) }
        ?? Scores(predicted: [], actual: [], labelCount: data.labels.count))
    report.remarks = [findings?.method, findings?.morePhotos].compactMap { text in
      text.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
    }
    report.warnings = warnings + problems
    report.candidates = findings?.comparison ?? []
    if let measurement, let error = measurement.calibrationError(measurement.shipped) {
      let groups = measurement.reliability(measurement.shipped)
      report.reliability =
        groups.isEmpty ? nil : TrainingReport.Reliability(error: error, groups: groups)
    }
    report.galleries = try findings.map { try Galleries($0, crop: crop).all } ?? []
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
    report.tables = [
      TrainingReport.Table(
        heading: "Labels by name",
        note: "Learnt labels by fusion, labels by name by the class head alone.",
        rows: novelFigures),
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
          ("checkpoint", run.source.name(of: checkpoint)), ("SHA-256", sha256),
          ("program", Version.text), ("photos learnt from", "\(data.shots.labels.count)"),
          ("prompt", data.template),
        ]),
    ]
    return report
  }

  /// A photo of the measurement as the tower sees it.
  private func crop(_ photo: Int) throws -> Image {
    guard case .validationPhotos? = findings?.source, let findings else {
      return data.shots.crops[photo]
    }
    return try ImageFile.crop(
      findings.measurement.photos[photo].path, learner.preprocessing, limit: learner.pixelLimit)
  }
}
