import Training

/// A training that is done, and what it came from.
struct FinishedTraining {
  let training: PhotoTraining
  let outcome: PhotoTraining.Outcome
  /// What needs no training, then what was trained; the last is exported.
  let contenders: [PhotoTraining.Contender]
  /// Nil without `--auto`.
  let choice: TrainingRun.Choice?
  let checkpoint: CLIPCheckpoint
  /// Of the checkpoint.
  let sha256: String
  let novel: NovelLabels?
  /// What was odd about the photos.
  let problems: [String]

  /// What a person must hear before using the model.
  var warnings: [String] {
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
}
