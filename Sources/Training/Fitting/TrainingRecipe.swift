import Glibc
public import CLIPModel

/// Everything that decides how an adapter is trained, besides its own settings, the photos and the seed.
public struct TrainingRecipe: Sendable, Equatable, Codable {
  /// Images a step.
  public var batchSize: Int
  /// Learning rate after warm-up, at the top of its cosine.
  public var learningRate: Double
  /// Passes over the photos.
  public var epochs: Int
  /// Epochs at `warmupRate` before the cosine begins.
  public var warmupEpochs = 1
  /// Learning rate of the warm-up.
  public var warmupRate = 1e-5
  /// AdamW's decoupled weight decay, on every trainable tensor.
  public var weightDecay = 5e-4
  /// Weight of both terms that hold features near the frozen CLIP's, lambda.
  public var regularization: Double
  /// Crops of each photo that are drawn once and used again and again; nil draws a new one every time, as published.
  ///
  /// What the frozen blocks make of a fixed crop is computed once, which about halves the time of a step.
  public var fixedViews: Int?
  /// Whether each epoch takes every photo, in batches of nearly one size; else, as published, what does not fill a batch is
  /// left out.
  public var takesEveryPhoto = false
  /// With few photos, epochs are added until there are so many steps.
  public var leastSteps = 0

  /// A recipe of one's own.
  public init(
    batchSize: Int, learningRate: Double, epochs: Int, regularization: Double,
    fixedViews: Int? = nil
  ) {
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.epochs = epochs
    self.regularization = regularization
    self.fixedViews = fixedViews
  }

  /// A preset's recipe, for data sets that the papers do not name; the published ones are those of MMRL (arXiv 2503.08497)
  /// and MMRL++ (arXiv 2505.10088), and of their code where they differ.
  ///
  /// - Parameters:
  ///   - preset: the protocol, or ours for photos.
  ///   - method: MMRL or MMRL++.
  ///   - onImageNet: ImageNet has fewer epochs.
  public init(_ preset: AdapterPlan.Preset, method: AdapterMethod, onImageNet: Bool = false) {
    let isPlusPlus = method == .mmrlPlusPlus
    switch preset {
    case .baseToNovel:
      self.init(
        batchSize: onImageNet ? 32 : 4, learningRate: 1e-3, epochs: onImageNet ? 5 : 10,
        regularization: 1)
    case .fewShot:
      self.init(
        batchSize: 32, learningRate: isPlusPlus ? 2e-3 : 1e-3,
        epochs: onImageNet ? 5 : isPlusPlus ? 100 : 50, regularization: isPlusPlus ? 1 : 0.5)
    case .crossDataset:
      self.init(batchSize: 32, learningRate: 1e-3, epochs: 1, regularization: 0.2)
      warmupEpochs = 0
    case .photos:
      self.init(batchSize: 32, learningRate: 2e-3, epochs: 10, regularization: 5, fixedViews: 4)
      takesEveryPhoto = true
      leastSteps = 50
    }
  }

  /// Steps of an epoch on so many photos; one of fewer photos than a batch where there are too few.
  public func steps(photos: Int) -> Int {
    max(1, (takesEveryPhoto ? photos + batchSize - 1 : photos) / batchSize)
  }

  /// Epochs on so many photos: those of the recipe, or what the least number of steps needs.
  public func epochs(photos: Int) -> Int {
    let steps = steps(photos: photos)
    return max(epochs, (leastSteps + steps - 1) / steps)
  }

  /// The learning rate of an epoch, counted from 0: warm-up, then a cosine whose period warm-up does not shorten.
  public func learningRate(epoch: Int) -> Double {
    guard epoch >= warmupEpochs else { return warmupRate }
    return learningRate / 2 * (1 + cos(Double.pi * Double(epoch - warmupEpochs) / Double(epochs)))
  }
}
