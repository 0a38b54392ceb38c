public import CLIPModel
import FloatMath

/// Trains an adapter, epoch by epoch.
///
/// The same photos, recipe, seed and number of threads give the same weights, whether in one run or interrupted after any
/// epoch and continued from a saved state.
public struct AdapterTrainer {
  /// What is being trained.
  public internal(set) var adapter: Adapter
  /// How, with as many epochs as these photos need.
  public let recipe: TrainingRecipe
  /// Of everything random.
  public let seed: Int
  /// Epochs done so far.
  public internal(set) var history: [EpochReport] = []
  var moments: TensorTable<AdamW.Moments>
  var updates = 0
  private let objective: TrainingObjective
  private let photos: any TrainingPhotos
  /// The fixed views of every photo, photo by photo; nil where each step draws new ones.
  private let views: [PreparedImage]?

  /// What an epoch did.
  public struct EpochReport: Sendable, Equatable, Codable {
    /// Counted from 1.
    public var epoch: Int
    /// Mean loss of its steps.
    public var loss: Double
    /// Mean cross-entropy of the class logits.
    public var classEntropy: Double
    /// Mean cross-entropy of the representation logits.
    public var representationEntropy: Double
    /// Mean distance of image features from the frozen CLIP's.
    public var imageDistance: Double
    /// Mean distance of text features from the frozen CLIP's.
    public var textDistance: Double
    /// Part of the photos whose fusion logits were right while training, 0 to 1.
    public var accuracy: Double
    /// Learning rate.
    public var learningRate: Double
  }

  /// What a step did.
  public struct StepReport: Sendable {
    /// Counted from 1 within its epoch.
    public var step: Int
    /// Steps of the epoch.
    public var steps: Int
    /// The unweighted terms.
    public var terms: LossTerms
    /// The weighted sum.
    public var loss: Double
    /// Images of the step.
    public var images: Int
    /// Images whose fusion logits were right.
    public var correct: Int
    /// Time by stage, summed over the threads.
    public var time: [TrainingStage: Duration]
  }

  /// A trainer at epoch 0.
  ///
  /// - Parameters:
  ///   - clip: its tensors stay as they are.
  ///   - adapter: the untrained adapter, as a rule.
  ///   - prompts: token ids of each label's prompt.
  ///   - photos: what to train on; every label is an index of `prompts`.
  ///   - recipe: how.
  ///   - seed: of everything random.
  /// - Throws: when the token embedding cannot be read.
  /// - Precondition: there are photos.
  public init(
    clip: FloatCLIP, adapter: Adapter, prompts: [[Int32]], photos: some TrainingPhotos,
    recipe: TrainingRecipe, seed: Int
  ) throws {
    let objective = try TrainingObjective(
      clip: clip, prompts: prompts, firstLayer: adapter.settings.representationLayers.min() ?? 1)
    let views = recipe.fixedViews.map { count in
      let boxes = PhotoView.fixed(count, of: photos, seed: seed)
      let ranges = Workers.chunks(
        boxes.count, atMost: max(1, 1000 / clip.images.tower.rowCount),
        workers: clip.workers.count)
      return clip.workers.map(ranges.count) { chunk in
        PreparedImage.make(
          ranges[chunk].flatMap { photos.pixels(of: $0 / count, boxes[$0]) },
          by: clip.images.tower, before: objective.firstLayer)
      }.flatMap { $0 }
    }
    self.init(
      objective, adapter: adapter, photos: photos, views: views, recipe: recipe, seed: seed)
  }

  /// A trainer at epoch 0 on views that are prepared already, as many of each photo as the recipe has.
  init(
    _ objective: TrainingObjective, adapter: Adapter, photos: some TrainingPhotos,
    views: [PreparedImage]?, recipe: TrainingRecipe, seed: Int
  ) {
    precondition(
      !photos.labels.isEmpty
        && photos.labels.allSatisfy { (0..<objective.frozenTexts.rows).contains($0) })
    precondition(views?.count == recipe.fixedViews.map { $0 * photos.labels.count })
    self.adapter = adapter
    var counted = recipe
    counted.epochs = recipe.epochs(photos: photos.labels.count)
    self.recipe = counted
    self.seed = seed
    self.photos = photos
    self.views = views
    self.objective = objective
    moments = adapter.tensors.map { AdamW.Moments(like: $0) }
  }

  /// Steps of an epoch.
  public var stepsPerEpoch: Int { recipe.steps(photos: photos.labels.count) }

  /// Whether all epochs are done.
  public var isFinished: Bool { history.count >= recipe.epochs }

  /// Trains one more epoch.
  ///
  /// - Parameter progress: called after each step.
  /// - Returns: what the epoch did; `history` has it too.
  @discardableResult
  public mutating func trainEpoch(progress: (StepReport) -> Void = { _ in }) -> EpochReport {
    let epoch = history.count
    // Each epoch has a generator of its own, so that a continued run needs no more than the epoch's number.
    var random = PythonRandom(seed: Self.mix(seed, epoch + 1))
    var order = Array(photos.labels.indices)
    random.shuffle(&order)
    let rate = recipe.learningRate(epoch: epoch)
    let taken =
      recipe.takesEveryPhoto ? order.count : min(stepsPerEpoch * recipe.batchSize, order.count)
    var terms = LossTerms()
    var correct = 0
    let share = 1 / Double(stepsPerEpoch)
    for index in 0..<stepsPerEpoch {
      let batch = Array(order[index * taken / stepsPerEpoch..<(index + 1) * taken / stepsPerEpoch])
      var step = step(batch, rate: rate, random: &random)
      step.step = index + 1
      terms.add(step.terms, weight: share)
      correct += step.correct
      progress(step)
    }
    let report = EpochReport(
      epoch: epoch + 1, loss: loss(terms), classEntropy: terms.classEntropy,
      representationEntropy: terms.representationEntropy, imageDistance: terms.imageDistance,
      textDistance: terms.textDistance,
      accuracy: Double(correct) / Double(taken), learningRate: rate)
    history.append(report)
    return report
  }

  /// One update on images given as pixels `[B, 3, S, S]`.
  ///
  /// - Parameters:
  ///   - pixels: normalised.
  ///   - labels: one an image.
  ///   - rate: the learning rate.
  /// - Returns: what the step did, and the gradients it used.
  package mutating func step(
    pixels: [Float], labels: [Int], rate: Double
  ) -> (StepReport, gradients: Adapter.Tensors) {
    let perImage = pixels.count / labels.count
    return update(labels: labels, rate: rate) { range in
      .pixels(Array(pixels[range.lowerBound * perImage..<range.upperBound * perImage]))
    }
  }

  private mutating func step(
    _ batch: [Int], rate: Double, random: inout PythonRandom
  ) -> StepReport {
    let labels = batch.map { self.photos.labels[$0] }
    if let views, let count = recipe.fixedViews {
      let chosen = batch.map { views[$0 * count + random.below(count)] }
      return update(labels: labels, rate: rate) { .prepared(Array(chosen[$0])) }.0
    }
    let photos = photos
    var views: [PhotoView] = []
    for photo in batch {
      let size = photos.size(of: photo)
      views.append(PhotoView(ofWidth: size.width, height: size.height, random: &random))
    }
    let boxes = views
    return update(labels: labels, rate: rate) { range in
      .pixels(range.flatMap { photos.pixels(of: batch[$0], boxes[$0]) })
    }.0
  }

  private mutating func update(
    labels: [Int], rate: Double, images: @Sendable (Range<Int>) -> TrainingObjective.Images
  ) -> (StepReport, gradients: Adapter.Tensors) {
    var outcome = objective.evaluate(
      adapter, labels: labels, regularization: recipe.regularization, images: images)
    let clock = ContinuousClock()
    let start = clock.now
    updates += 1
    let optimizer = AdamW(weightDecay: recipe.weightDecay)
    for (name, gradient) in outcome.gradients.values {
      optimizer.update(
        &adapter.tensors[name], gradient: gradient, moments: &moments[name], step: updates,
        learningRate: rate)
    }
    outcome.time[.update, default: .zero] += clock.now - start
    let report = StepReport(
      step: 0, steps: stepsPerEpoch, terms: outcome.terms, loss: loss(outcome.terms),
      images: labels.count, correct: outcome.correct, time: outcome.time)
    return (report, outcome.gradients)
  }

  var threads: Int { objective.clip.workers.count }

  /// Tells sets of photos apart, roughly: labels, sizes and prompts' count.
  var photosIdentity: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for (photo, label) in photos.labels.enumerated() {
      let size = photos.size(of: photo)
      for value in [label, size.width, size.height] {
        hash = (hash ^ UInt64(truncatingIfNeeded: value)) &* 0x100_0000_01b3
      }
    }
    return "\(photos.labels.count) photos, \(objective.frozenTexts.rows) labels, \(hash)"
  }

  private func loss(_ terms: LossTerms) -> Double {
    terms.total(alpha: Double(adapter.settings.alpha), regularization: recipe.regularization)
  }

  /// One seed of two numbers.
  static func mix(_ seed: Int, _ stream: Int) -> Int {
    Int(truncatingIfNeeded: UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 >> 2)
      ^ stream
  }
}
