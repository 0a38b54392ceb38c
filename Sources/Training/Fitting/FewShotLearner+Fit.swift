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
  /// What the shots say without training, and how the fusion is tuned by that; nil without a discriminant.
  public var untrained: (shots: ShotFeatures, tuning: FusionTuning)?
  /// How the fusion is tuned; nil without a discriminant.
  public var tuning: FusionTuning? { untrained?.tuning.trained }
  /// Regularised LDA of the shots' features; nil without a discriminant.
  public var lda: RegularizedLDA?
  /// The photos' unit features, `[N, E]` each, without those of their mirror images; nil without a discriminant.
  public var features: ImageFeatures?
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
  ///   - frozen: what the frozen CLIP makes of `data` for this plan, where the caller has it already.
  ///   - state: where to keep the state after each epoch; nil keeps none.
  ///   - onEncode: called as photos are encoded, before the first epoch and after the last one.
  ///   - onStep: called after each step with the epochs done before and the step.
  ///   - onEpoch: called after each epoch.
  /// - Returns: the adapter with its labels' features and discriminant.
  /// - Throws: when the state cannot be read or written, or the token embedding cannot be read.
  public func fit(
    _ plan: AdapterPlan, _ data: TrainingData, seed: Int, frozen: FrozenFeatures? = nil,
    state: TrainingStateFile? = nil, onEncode: (EncodingProgress) -> Void = { _ in },
    onStep: (Int, AdapterTrainer.StepReport) -> Void = { _, _ in },
    onEpoch: (AdapterTrainer.EpochReport) -> Void = { _ in }
  ) throws -> FittedAdapter {
    let needsFrozen =
      plan.addsDiscriminant || plan.beginsWithPhotos
      || plan.recipe.fixedViews != nil
    let frozen =
      try frozen
      ?? (needsFrozen
        ? FrozenFeatures(data, by: self, for: plan, seed: seed, onEncode: onEncode) : nil)
    var adapter = Adapter(untrained: plan.geometry, settings: plan.settings, seed: seed)
    if plan.beginsWithPhotos {
      adapter.begin(with: { prefix(of: data, frozen, plan, before: $0) }, of: clip, seed: seed)
    }
    // Tuned by the untrained adapter's features, before the trained one knows the shots by heart.
    var untrained: (shots: ShotFeatures, tuning: FusionTuning)?
    if plan.addsDiscriminant, let frozen {
      let shots = shots(data, frozen, adapter, texts: frozen.texts.features, .untrained, onEncode)
      let tuning = shots.tuneFusion(
        zeroShot: frozen.shots.zeroShot(texts: frozen.texts.features), workers: clip.workers)
      untrained = (shots, tuning)
    }
    let prompts = prompts(data.labels, template: data.template)
    let objective =
      try frozen?.objective
      ?? TrainingObjective(clip: clip, prompts: prompts.ids, firstLayer: plan.firstLayer)
    var trainer = AdapterTrainer(
      objective, adapter: adapter, photos: data.shots, views: frozen?.views, recipe: plan.recipe,
      seed: seed)
    if let state, state.resumes {
      try trainer.restoreState(from: state.path, facts: state.facts)
    }
    while !trainer.isFinished {
      let done = trainer.history.count
      onEpoch(trainer.trainEpoch { onStep(done, $0) })
      if let state { try trainer.saveState(to: state.path, facts: state.facts) }
    }
    let trained = trainer.adapter
    let labels = LabelFeatures(prompts, features: objective.texts(trained))
    var (lda, discriminant): (RegularizedLDA?, Discriminant?)
    var features: ImageFeatures?
    if let untrained, let frozen {
      let shots = shots(data, frozen, trained, texts: labels.features, .trained, onEncode)
      lda = shots.lda()
      features = shots.features.selecting(Array(0..<shots.photoCount))
      discriminant = shots.discriminant().tuned(
        untrained.tuning.trained, texts: labels.features, alpha: trained.settings.alpha)
    }
    return FittedAdapter(
      plan: plan, adapter: trained, labels: labels, discriminant: discriminant,
      untrained: untrained, lda: lda, features: features, epochs: trainer.history)
  }

  /// Shots, their mirror images and their fixed views by an adapter.
  private func shots(
    _ data: TrainingData, _ frozen: FrozenFeatures, _ adapter: Adapter, texts: Matrix,
    _ stage: EncodingProgress.Stage, _ onEncode: (EncodingProgress) -> Void
  ) -> ShotFeatures {
    let views = frozen.views ?? []
    let count = 2 * data.shots.labels.count
    func onEncoded(_ done: Int) {
      onEncode(EncodingProgress(stage: stage, done: done, total: count + views.count))
    }
    var shots = frozen.shots
    shots.texts = texts
    shots.features =
      if let prepared = frozen.prepared {
        features(of: prepared, adapter: adapter, onEncoded: onEncoded)
      } else {
        features(
          of: data.shots.crops + data.shots.mirrored, adapter: adapter, onEncoded: onEncoded)
      }
    shots.crops =
      views.isEmpty
      ? nil : features(of: views, adapter: adapter, onEncoded: { onEncoded(count + $0) })
    return shots
  }

  /// The rows of photos at the input of a layer; of some, evenly spaced, since more change k-means centres little.
  private func prefix(
    of data: TrainingData, _ frozen: FrozenFeatures?, _ plan: AdapterPlan, before layer: Int
  ) -> Matrix {
    let crops = data.shots.crops
    let some = crops.indices.filter { $0 % max(1, crops.count / 256) == 0 }
    let tower = clip.images.tower
    let (prepared, preprocessing) = (frozen?.prepared, preprocessing)
    let parts = inBatches(some.count, onEncoded: { _ in }) { range in
      guard let prepared else {
        let pixels = some[range].flatMap { preprocessing.normalized(crops[$0]) }
        return tower.frozenPrefix(pixels, before: layer)
      }
      return tower.frozenPrefix(
        continuing: Matrix.stacked(some[range].map { prepared[$0].prefix }),
        from: plan.firstLayer, before: layer)
    }
    return Matrix.stacked(parts)
  }
}
