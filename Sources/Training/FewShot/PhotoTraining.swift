public import CLIPModel
public import FloatMath

/// A person's run: an adapter learnt from shots, measured on photos that it has not seen, beside what costs no training.
public struct PhotoTraining {
  /// What it learns from.
  public struct Data: Sendable {
    /// The labels.
    public var labels: [String]
    /// The prompt.
    public var template: String
    /// The shots.
    public var shots: PhotoStore
    /// Photos to check on, with their labels; may be empty.
    public var held: [Photo]

    /// Puts labels and photos together.
    public init(labels: [String], template: String, shots: PhotoStore, held: [Photo]) {
      self.labels = labels
      self.template = template
      self.shots = shots
      self.held = held
    }
  }

  /// A way to classify, with its scores on the held-out photos.
  public struct Contender: Sendable {
    /// In a few words.
    public var name: String
    /// Nil where there are no held-out photos.
    public var scores: Scores?
  }

  /// What training made.
  public struct Outcome: Sendable {
    /// The plan that it followed.
    public var plan: AdapterPlan
    /// The trained adapter.
    public var adapter: Adapter
    /// The known labels' extra term.
    public var discriminant: Discriminant?
    /// Its epochs.
    public var epochs: [AdapterTrainer.EpochReport]
    /// The adapter alone, then (if the plan adds one) with the discriminant: what is exported is the last.
    public var contenders: [Contender]

    /// Scores of what is exported.
    public var scores: Scores? { contenders.last?.scores }
  }

  /// Called after each step: epochs done before, and the step.
  public typealias Progress = (Int, AdapterTrainer.StepReport) -> Void

  /// The backbone.
  public let learner: FewShotLearner
  /// The photos.
  public let data: Data
  private let frozenShots: FewShotLearner.Shots
  private let frozenTexts: Matrix
  private let frozenHeld: ImageFeatures?

  /// Encodes shots and held-out photos by the frozen CLIP.
  ///
  /// - Throws: `ImageFileError` for a held-out photo that cannot be read.
  public init(learner: FewShotLearner, data: Data) throws {
    self.learner = learner
    self.data = data
    frozenTexts = try learner.texts(data.labels, template: data.template, adapter: nil).features
    frozenShots = learner.shots(data.shots, labelCount: data.labels.count, adapter: nil)
    frozenHeld =
      data.held.isEmpty
      ? nil
      : try learner.features(of: data.held) { learner.features(of: $0, adapter: nil) }
  }

  /// What needs no training, on the held-out photos: zero-shot, centroids, discriminant of the frozen CLIP's features.
  public func baselines() -> [Contender] {
    let discriminant = frozenShots.discriminant()
    let scorers = [
      ("Zero-shot CLIP", LabelScorer(texts: frozenTexts, alpha: 1)),
      ("Centroids of the shots", LabelScorer(texts: frozenShots.centroids, alpha: 1)),
    ]
    var contenders = scorers.map { name, scorer in
      Contender(
        name: name, scores: frozenHeld.map { scores(scorer.logits($0, head: .fusion)) })
    }
    contenders.append(
      Contender(
        name: "Discriminant of the shots",
        scores: frozenHeld.map { scores(discriminant.logits($0.joined)) }))
    return contenders
  }

  /// Trains an adapter and measures it.
  ///
  /// - Parameters:
  ///   - plan: what to train.
  ///   - seed: of everything random.
  ///   - state: where to keep the state after each epoch; nil keeps none.
  ///   - facts: what has to be the same for a state to be continued, besides what the trainer knows.
  ///   - resumes: continue from the state, if it is there.
  ///   - progress: told of each step.
  /// - Returns: the adapter and its scores.
  /// - Throws: when the state cannot be read or written, or a held-out photo cannot be read.
  public func train(
    _ plan: AdapterPlan, seed: Int, state: String?, facts: RunFacts = RunFacts(), resumes: Bool,
    progress: Progress
  ) throws -> Outcome {
    var trainer = try learner.trainer(plan, labels: data.labels, photos: data.shots, seed: seed)
    let tuning =
      plan.addsDiscriminant
      ? learner.shots(data.shots, labelCount: data.labels.count, adapter: trainer.adapter)
        .tuneFusion(zeroShot: frozenShots.zeroShot(texts: frozenTexts)) : nil
    if resumes, let state { try trainer.restoreState(from: state, facts: facts) }
    while !trainer.isFinished {
      let done = trainer.history.count
      trainer.trainEpoch { progress(done, $0) }
      if let state { try trainer.saveState(to: state, facts: facts) }
    }
    let adapter = trainer.adapter
    var scorer = LabelScorer(
      texts: try learner.texts(data.labels, template: data.template, adapter: adapter).features,
      alpha: adapter.settings.alpha)
    let held =
      data.held.isEmpty
      ? nil
      : try learner.features(of: data.held) { learner.features(of: $0, adapter: adapter) }
    let name = adapter.geometry.method == .mmrl ? "MMRL" : "MMRL++"
    var contenders = [
      Contender(name: name, scores: held.map { scores(scorer.logits($0, head: .fusion)) })
    ]
    if let tuning {
      scorer.discriminant = learner.shots(
        data.shots, labelCount: data.labels.count, adapter: adapter
      ).discriminant(tuning, texts: scorer.texts, alpha: scorer.alpha)
      contenders.append(
        Contender(
          name: "\(name) with discriminant",
          scores: held.map { scores(scorer.logits($0, head: .fusion)) }))
    }
    return Outcome(
      plan: plan, adapter: adapter, discriminant: scorer.discriminant, epochs: trainer.history,
      contenders: contenders)
  }

  /// The scores of held-out photos' logits.
  public func scores(_ logits: Matrix) -> Scores {
    Scores(
      logits: logits.elements, actual: data.held.map(\.label), labelCount: data.labels.count)
  }
}
