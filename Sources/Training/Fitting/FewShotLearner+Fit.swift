public import CLIPModel
import FloatMath
import Imaging

/// A trained adapter with all that belongs to the labels that it was trained on.
public struct FittedAdapter: Sendable {
  /// The plan that it followed.
  public var plan: AdapterPlan
  /// The adapter.
  public var adapter: Adapter
  /// Text features of the labels, by the adapter.
  public var labels: LabelFeatures
  /// The labels' extra term of the fusion, if the plan adds one.
  public var discriminant: Discriminant?
  /// What the shots say without training, and how the fusion was tuned by that; nil without a discriminant.
  public var untrained: (shots: ShotFeatures, tuning: FusionTuning)?
  /// Regularised LDA of the shots' features; nil without a discriminant.
  public var lda: RegularizedLDA?
  /// Its epochs.
  public var epochs: [AdapterTrainer.EpochReport]

  /// What scores images by these labels.
  public var scorer: LabelScorer {
    LabelScorer(
      texts: labels.features, alpha: adapter.settings.alpha, discriminant: discriminant)
  }
}

/// A file that keeps the state of a training after each epoch.
public struct TrainingStateFile: Sendable {
  /// The file.
  public var path: String
  /// What has to be the same for the state to be continued, besides what the trainer knows.
  public var facts: RunFacts
  /// Whether to continue from the state that the file holds.
  public var resumes: Bool

  /// Names a file.
  public init(path: String, facts: RunFacts, resumes: Bool) {
    self.path = path
    self.facts = facts
    self.resumes = resumes
  }
}

extension FewShotLearner {
  /// The one training procedure: trains an adapter by a plan, and adds to it what the plan says.
  ///
  /// The same plan, data, seed and number of threads give the same result, in one run or resumed.
  ///
  /// - Parameters:
  ///   - plan: what to train.
  ///   - data: what to learn from.
  ///   - seed: of everything random.
  ///   - frozen: the frozen CLIP's features of `data`, where the caller has them already.
  ///   - state: where to keep the state after each epoch; nil keeps none.
  ///   - onStep: called after each step with the epochs done before and the step.
  ///   - onEpoch: called after each epoch.
  /// - Returns: the adapter with its labels' features and discriminant.
  /// - Throws: when the state cannot be read or written, or the token embedding cannot be read.
  public func fit(
    _ plan: AdapterPlan, _ data: TrainingData, seed: Int, frozen: FrozenFeatures? = nil,
    state: TrainingStateFile? = nil,
    onStep: (Int, AdapterTrainer.StepReport) -> Void = { _, _ in },
    onEpoch: (AdapterTrainer.EpochReport) -> Void = { _ in }
  ) throws -> FittedAdapter {
    var trainer = try trainer(plan, data, seed: seed)
    // Tuned by the untrained adapter's features, before the trained one knows the shots by heart.
    let untrained =
      plan.addsDiscriminant ? try tuneFusion(data, frozen, untrained: trainer.adapter) : nil
    if let state, state.resumes {
      try trainer.restoreState(from: state.path, facts: state.facts)
    }
    while !trainer.isFinished {
      let done = trainer.history.count
      onEpoch(trainer.trainEpoch { onStep(done, $0) })
      if let state { try trainer.saveState(to: state.path, facts: state.facts) }
    }
    let adapter = trainer.adapter
    let labels = try texts(data.labels, template: data.template, adapter: adapter)
    var (lda, discriminant): (RegularizedLDA?, Discriminant?)
    if let untrained {
      let fitted = ShotFeatures(data, by: self, adapter: adapter).lda()
      lda = fitted
      discriminant = fitted.discriminant.tuned(
        untrained.tuning, texts: labels.features, alpha: adapter.settings.alpha)
    }
    return FittedAdapter(
      plan: plan, adapter: adapter, labels: labels, discriminant: discriminant,
      untrained: untrained, lda: lda, epochs: trainer.history)
  }

  private func tuneFusion(
    _ data: TrainingData, _ frozen: FrozenFeatures?, untrained: Adapter
  ) throws -> (shots: ShotFeatures, tuning: FusionTuning) {
    let frozen = try frozen ?? FrozenFeatures(data, by: self)
    let shots = ShotFeatures(data, by: self, adapter: untrained)
    let zeroShot = frozen.shots.zeroShot(texts: frozen.texts.features)
    return (shots, shots.tuneFusion(zeroShot: zeroShot))
  }

  /// A trainer at epoch 0.
  ///
  /// - Throws: when the token embedding cannot be read.
  private func trainer(
    _ plan: AdapterPlan, _ data: TrainingData, seed: Int
  ) throws -> AdapterTrainer {
    var adapter = Adapter(untrained: plan.geometry, settings: plan.settings, seed: seed)
    if plan.beginsWithPhotos {
      // More photos change the k-means centres little.
      let crops = data.shots.crops
      let some = crops.indices.filter { $0 % max(1, crops.count / 256) == 0 }
      adapter.begin(
        with: some.flatMap { preprocessing.normalized(crops[$0]) }, of: clip, seed: seed)
    }
    return try AdapterTrainer(
      clip: clip, adapter: adapter, prompts: prompts(data.labels, template: data.template).ids,
      photos: data.shots, recipe: plan.recipe, seed: seed)
  }
}
