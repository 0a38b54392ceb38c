package import Imaging
package import Inference
internal import ModelFile

/// The engine with the label sets that were asked for: crops in, scores of all labels out.
///
/// Not for use from several threads at once; `onOneThread` makes one for each.
package final class Classifier {
  /// The sets that are scored.
  package let sets: [LabelSet]
  /// How images become crops.
  package let preprocessing: Preprocessing
  /// The model.
  package let engine: Engine
  private let session: Session
  /// The features of labels that are not the model's own; nil where those are scored.
  private let texts: TextFeatures?
  /// Crops of a batch, one after the other.
  private var pixels: [UInt8] = []

  /// A classifier whose passes are shared by all of the engine's threads.
  ///
  /// - Throws: when the model has none of the labels asked for.
  package convenience init(
    _ engine: Engine, labels: LabelSelection = .all, maximumBatch: Int = 1
  ) throws(MissingLabels) {
    self.init(
      sets: try LabelSet.all(of: engine, labels), texts: nil,
      session: engine.makeSession(maximumBatch: maximumBatch))
  }

  /// The same for labels by name alone in place of the model's own.
  ///
  /// - Precondition: `texts` has a feature of the model's size for each of `labels`, at least one.
  package convenience init(
    _ engine: Engine, labels: [String], texts: TextFeatures, maximumBatch: Int = 1
  ) {
    precondition(!labels.isEmpty && texts.count == labels.count, "a feature for each label")
    self.init(
      sets: [LabelSet(kind: .novel, labels: labels, head: .class)], texts: texts,
      session: engine.makeSession(maximumBatch: maximumBatch))
  }

  private init(sets: [LabelSet], texts: TextFeatures?, session: Session) {
    self.sets = sets
    self.texts = texts
    self.session = session
    engine = session.engine
    let preprocessing = engine.manifest.preprocessing
    self.preprocessing = Preprocessing(
      size: preprocessing.size, mean: preprocessing.mean, std: preprocessing.std)
    pixels.reserveCapacity(session.maximumBatch * engine.imageBytes)
  }

  /// Another of the same model, whose passes run on the calling thread alone.
  package func onOneThread() -> Classifier {
    Classifier(
      sets: sets, texts: texts,
      session: engine.makeSingleThreadSession(maximumBatch: session.maximumBatch))
  }

  /// The scores of crops in one forward pass, at most as many as the largest batch.
  ///
  /// - Returns: for each crop the scores of all sets, and each one's share of the pass in milliseconds.
  package func scores(of crops: [Image]) -> (scores: [[SetScores]], milliseconds: Double) {
    guard !crops.isEmpty else { return ([], 0) }
    pixels.removeAll(keepingCapacity: true)
    for crop in crops { pixels += crop.pixels }
    let start = ContinuousClock.now
    session.encode(pixels.span)
    let duration = ContinuousClock.now - start
    let milliseconds: Double = duration / .milliseconds(1)
    return (crops.indices.map(scores(ofImage:)), milliseconds / Double(crops.count))
  }

  /// The scores of an image of the session's last batch.
  private func scores(ofImage index: Int) -> [SetScores] {
    sets.map { set in
      SetScores(
        set,
        logits: texts.map { session.logits(of: index, $0) } ?? session.logits(of: index, set.kind))
    }
  }
}
