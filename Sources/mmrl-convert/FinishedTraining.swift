import CLIPModel
import Training

/// A training that is done, and what it came from.
struct FinishedTraining {
  let learner: FewShotLearner
  let data: TrainingData
  /// The photos that nothing was learnt from.
  let validation: [Photo]
  let fitted: FittedAdapter
  /// What needs no training, then what was trained; the last is exported.
  let candidates: [Candidate]
  let checkpoint: CLIPCheckpoint
  /// Of the checkpoint.
  let sha256: String
  let novel: NovelLabels?
  /// What was odd about the photos.
  let problems: [String]

  /// Scores of what is exported.
  var scores: Scores? { candidates.last?.scores }

  /// What a person must hear before using the model.
  var warnings: [String] {
    guard let own = scores else {
      return ["no photos could be held out: it is not known how well the exported model does"]
    }
    var warnings: [String] = []
    for other in candidates.dropLast() {
      guard let theirs = other.scores, theirs.correct > own.correct else { continue }
      warnings.append(
        "the exported model loses to \(other.name) on the held-out photos: \(own.correct) right of "
          + "\(own.total) against \(theirs.correct) (more photos help)")
    }
    return warnings
  }
}
