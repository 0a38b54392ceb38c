import CLIPModel
import Training

/// A training that is done, and what it came from.
struct TrainedModel {
  /// What was asked for.
  let run: TrainingRun
  let checkpoint: CLIPCheckpoint
  /// Of the checkpoint.
  let sha256: String
  let learner: FewShotLearner
  let data: TrainingData
  /// The photos that were learnt from, in the order of `data`.
  let photos: [Photo]
  /// Photos of none of the labels.
  let others: [String]
  let fitted: FittedAdapter
  /// The shots by the frozen CLIP.
  let frozen: FrozenFeatures
  /// How it does; nil where that was not measured.
  let findings: Findings?
  let novel: NovelLabels?
  /// What was odd about the photos.
  let problems: [String]

  /// How often the model will be right, or that it is not known.
  var headline: String {
    if let findings { return findings.headline }
    let why =
      run.crossValidates
      ? "no photo could be held out to measure by (labels need two photos or more that differ)"
      : "it was not to be measured"
    return "it is not known how well the model does: \(why)"
  }

  /// What a person must hear before using the model.
  var warnings: [String] {
    guard let findings else { return [] }
    var warnings = findings.warnings
    if !findings.unmeasured.isEmpty {
      warnings.append(
        "not measurable, since all photos are nearly the same or there is one alone: "
          + findings.unmeasured.joined(separator: ", "))
    }
    return warnings
  }
}
