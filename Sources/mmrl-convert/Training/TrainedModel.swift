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
  /// Photos that nothing was learnt from.
  let validation: [Photo]
  let fitted: FittedAdapter
  /// The shots by the frozen CLIP.
  let frozen: FrozenFeatures
  /// What needs no training, then what was trained; the last is exported.
  let candidates: [Candidate]
  let novel: NovelLabels?
  /// What was odd about the photos.
  let problems: [String]

  /// Scores of what is exported; nil without validation photos.
  var scores: Scores? { candidates.last?.scores }

  /// What a person must hear before using the model.
  var warnings: [String] {
    guard let own = scores else {
      return ["there are no validation photos: it is not known how well the model does"]
    }
    return candidates.dropLast().compactMap { other in
      guard let theirs = other.scores, theirs.correct > own.correct else { return nil }
      return
        "the model loses to \(other.name) on the validation photos: \(own.correct) right of "
        + "\(own.total) against \(theirs.correct) (more photos help)"
    }
  }
}
