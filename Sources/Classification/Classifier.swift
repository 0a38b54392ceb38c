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
  package var preprocessing: Preprocessing
  /// The model.
  package let engine: Engine
  private let session: Session
  private let rule: AnswerRule
  private var threshold: UnknownThreshold
  private let texts: Texts
  /// Crops of a batch, one after the other.
  private var pixels: [UInt8] = []

  /// A classifier whose passes are shared by all of the engine's threads.
  ///
  /// - Parameters:
  ///   - engine: the model.
  ///   - labels: which of its label sets.
  ///   - threshold: from which unknown score on no label fits.
  ///   - maximumBatch: the most images of a pass.
  /// - Throws: when the model has none of the labels asked for.
  package convenience init(
    _ engine: Engine, labels: LabelSelection = .all, threshold: UnknownThreshold = .none,
    maximumBatch: Int = 1
  ) throws(MissingLabels) {
    let sets = try LabelSet.all(of: engine, labels)
    self.init(
      sets: sets,
      texts: Texts(
        known: sets.contains { $0.kind == .known } ? engine.texts(.known) : [],
        novel: sets.contains { $0.kind == .novel } ? engine.texts(.novel) : [], engine),
      threshold: threshold,
      session: engine.makeSession(maximumBatch: maximumBatch))
  }

  /// The same for labels by name alone in place of the model's own.
  ///
  /// - Parameters:
  ///   - engine: the model.
  ///   - labels: at least one.
  ///   - texts: their unit text features, `[E]` each.
  ///   - threshold: from which unknown score on no label fits.
  ///   - maximumBatch: the most images of a pass.
  /// - Precondition: a feature of the model's size for each label.
  package convenience init(
    _ engine: Engine, labels: [String], texts: [[Float]], threshold: UnknownThreshold = .none,
    maximumBatch: Int = 1
  ) {
    precondition(!labels.isEmpty && texts.count == labels.count, "a feature for each label")
    precondition(texts.allSatisfy { $0.count == engine.manifest.geometry.embedDim })
    let sets = [LabelSet(kind: .novel, labels: labels, head: .class)]
    self.init(
      sets: sets, texts: Texts(known: [], novel: texts.flatMap(\.self), engine),
      threshold: threshold,
      session: engine.makeSession(maximumBatch: maximumBatch))
  }

  /// Unit text features that images are compared with.
  private struct Texts {
    var known: [Float]
    var novel: [Float]
    /// Everyday words that mean none of the labels.
    var words: [Float]

    init(known: [Float], novel: [Float], _ engine: Engine) {
      self.known = known
      self.novel = novel
      words = engine.words(apartFrom: known + novel)
    }
  }

  private init(
    sets: [LabelSet], texts: Texts, threshold: UnknownThreshold, session: Session
  ) {
    self.sets = sets
    self.threshold = threshold
    self.texts = texts
    self.session = session
    engine = session.engine
    preprocessing = Preprocessing(engine.manifest.preprocessing)
    rule = AnswerRule(engine.manifest.answer)
    pixels.reserveCapacity(session.maximumBatch * engine.imageBytes)
  }

  /// Answers from now on that no label fits where the best one is called so and has a lower score.
  ///
  /// - Throws: when there is no such label.
  package func setThreshold(_ score: Float, ofLabel name: String) throws(NoSuchLabel) {
    let places = sets.places(of: name)
    guard !places.isEmpty else { throw NoSuchLabel(name, in: sets) }
    for place in places { threshold.labels[place] = score }
  }

  /// A choice among the labels, for ``scores(of:explains:among:)``.
  ///
  /// - Parameters:
  ///   - names: those that count; all, if none is named or none of them is there.
  ///   - thresholds: scores below which labels are not answered, besides those of ``setThreshold(_:ofLabel:)``.
  /// - Returns: nil where that changes nothing.
  package func choice(
    of names: [String], thresholds: [(label: String, score: Float)]
  ) -> LabelChoice? {
    guard !names.isEmpty || !thresholds.isEmpty else { return nil }
    return LabelChoice(names, thresholds: thresholds, among: sets, threshold)
  }

  /// Another of the same model, whose passes run on the calling thread alone.
  package func onOneThread() -> Classifier {
    another(engine.makeSingleThreadSession(maximumBatch: session.maximumBatch))
  }

  /// Another of the same model, whose passes take turns with this one's.
  func another() -> Classifier {
    another(engine.makeSession(maximumBatch: session.maximumBatch))
  }

  private func another(_ session: Session) -> Classifier {
    let other = Classifier(sets: sets, texts: texts, threshold: threshold, session: session)
    other.preprocessing = preprocessing
    return other
  }

  /// The scores of crops in one forward pass, at most as many as the largest batch.
  ///
  /// - Parameters:
  ///   - crops: the images.
  ///   - explains: whether that is found, too, which takes no part in the answer but explains it.
  ///   - choice: which labels count; nil for all.
  /// - Returns: the scores of the labels for each crop, and each one's share of the pass in
  ///   milliseconds.
  package func scores(
    of crops: [Image], explains: Bool = false, among choice: LabelChoice? = nil
  ) -> (scores: [ImageScores], milliseconds: Double) {
    guard !crops.isEmpty else { return ([], 0) }
    gather(crops)
    let start = ContinuousClock.now
    session.encode(pixels.span)
    let duration = ContinuousClock.now - start
    let milliseconds: Double = duration / .milliseconds(1)
    let scores = crops.indices.map { index in
      let evidence = evidence(ofImage: index, explains: explains)
      return choice?.scores(evidence, by: rule)
        ?? ImageScores(sets, evidence, by: rule, threshold: threshold)
    }
    return (scores, milliseconds / Double(crops.count))
  }

  /// The class features of crops in one forward pass.
  ///
  /// - Parameter crops: the images, at most as many as the largest batch.
  /// - Returns: `[E]` for each, of unit length.
  package func classFeatures(of crops: [Image]) -> [[Float]] {
    guard !crops.isEmpty else { return [] }
    gather(crops)
    session.encode(pixels.span)
    return crops.indices.map { feature(ofImage: $0) }
  }

  private func gather(_ crops: [Image]) {
    pixels.removeAll(keepingCapacity: true)
    for crop in crops { pixels += crop.pixels }
  }

  /// The unit class feature `[E]` of a crop of the last pass.
  ///
  /// - Precondition: the pass had it.
  func feature(ofImage index: Int) -> [Float] { session.features(of: index).class }

  /// What an image of the session's last batch says.
  private func evidence(ofImage index: Int, explains: Bool) -> Evidence {
    let hasKnown = !texts.known.isEmpty
    return Evidence(
      known: hasKnown ? session.logits(of: index, .known) : [],
      knownClass: session.classLogits(of: index, texts: texts.known),
      knownRepresentation: explains
        ? session.representationLogits(of: index, texts: texts.known) : nil,
      novel: session.classLogits(of: index, texts: texts.novel),
      words: session.classLogits(of: index, texts: texts.words),
      distance: hasKnown ? session.distance(of: index) : nil)
  }
}
