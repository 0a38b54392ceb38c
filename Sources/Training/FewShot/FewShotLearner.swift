public import CLIPModel
import FloatMath
public import Imaging

/// A CLIP with its tokenizer, that adapters are trained for and photos are scored by.
public struct FewShotLearner: Sendable {
  /// The towers.
  public let clip: FloatCLIP
  /// Size and normalisation of the input.
  public let preprocessing: Preprocessing
  private let tokenizer: Tokenizer

  /// Puts towers and tokenizer together.
  public init(clip: FloatCLIP, preprocessing: Preprocessing, tokenizer: Tokenizer) {
    self.clip = clip
    self.preprocessing = preprocessing
    self.tokenizer = tokenizer
  }

  /// The labels in their prompt.
  public func prompts(_ labels: [String], template: String) -> LabelPrompts {
    LabelPrompts(
      labels, template: template, tokenizer: tokenizer, contextLength: clip.geometry.contextLength)
  }

  /// Labels with their unit text features.
  ///
  /// - Throws: when the token embedding cannot be read.
  public func texts(
    _ labels: [String], template: String, adapter: Adapter?
  ) throws -> LabelFeatures {
    try LabelFeatures(
      prompts(labels, template: template), texts: clip.texts,
      tokens: adapter.map { TextTokens($0) })
  }

  /// Unit features of crops of the tower's input size.
  public func features(of crops: [Image], adapter: Adapter?) -> ImageFeatures {
    clip.images.encode(crops.flatMap { preprocessing.normalized($0) }, adapter: adapter).unit
  }

  /// Unit features of photos, which are read a batch at a time.
  ///
  /// - Parameters:
  ///   - photos: at least one.
  ///   - encode: encodes a batch of crops: `features(of:adapter:)`, or another engine.
  /// - Returns: features in the order of the photos.
  /// - Throws: `ImageFileError` that names the first photo that cannot be read.
  public func features(
    of photos: [Photo], encode: ([Image]) throws -> ImageFeatures
  ) throws -> ImageFeatures {
    precondition(!photos.isEmpty, "no photos to encode")
    var parts: [ImageFeatures] = []
    for start in stride(from: 0, to: photos.count, by: 64) {
      let batch = Array(photos[start..<min(start + 64, photos.count)])
      let crops = clip.workers.map(batch.count) { index in
        Result { () throws(ImageFileError) in
          preprocessing.crop(try ImageFile.decode(batch[index].path))
        }
      }
      parts.append(try encode(try crops.map { try $0.get() }))
    }
    return .stacked(parts)
  }

  /// A trainer at epoch 0.
  ///
  /// - Parameters:
  ///   - plan: what to train.
  ///   - labels: whose indices the photos have.
  ///   - photos: the shots.
  ///   - seed: of everything random.
  /// - Returns: the trainer; nothing is trained yet.
  /// - Throws: when the token embedding cannot be read.
  public func trainer(
    _ plan: AdapterPlan, labels: [String], photos: PhotoStore, seed: Int
  ) throws -> AdapterTrainer {
    var adapter = Adapter(untrained: plan.geometry, settings: plan.settings, seed: seed)
    if plan.beginsWithPhotos {
      // More photos change the centres little.
      let some = photos.crops.indices.filter { $0 % max(1, photos.crops.count / 256) == 0 }
      adapter.begin(
        with: some.flatMap { preprocessing.normalized(photos.crops[$0]) }, of: clip, seed: seed)
    }
    return try AdapterTrainer(
      clip: clip, adapter: adapter,
      prompts: prompts(labels, template: plan.settings.template ?? LabelPrompts.defaultTemplate)
        .ids,
      photos: photos, recipe: plan.recipe, seed: seed)
  }

  /// What shots say about labels without any training: unit features of each photo and of its mirror image.
  public struct Shots: Sendable {
    /// `[2 N, E]` features: all photos, then all mirror images.
    public var features: ImageFeatures
    /// `[2 N]`.
    public var labels: [Int]
    /// C.
    public var labelCount: Int
    /// What a discriminant's covariance is shrunk towards; nil is the identity.
    public var target: RegularizedLDA.Target?

    /// Puts features of shots together.
    ///
    /// - Precondition: there are features of N photos, then of their mirror images, and a label for each.
    public init(
      features: ImageFeatures, labels: [Int], labelCount: Int,
      target: RegularizedLDA.Target? = nil
    ) {
      precondition(features.classFeatures.rows == labels.count && labels.count % 2 == 0)
      self.features = features
      self.labels = labels
      self.labelCount = labelCount
      self.target = target
    }
  }

  /// Features of shots and of their mirror images.
  public func shots(_ photos: PhotoStore, labelCount: Int, adapter: Adapter?) -> Shots {
    let mirrored = photos.crops.map { crop in
      var image = crop
      image.flipHorizontally()
      return image
    }
    return Shots(
      features: .stacked([
        features(of: photos.crops, adapter: adapter), features(of: mirrored, adapter: adapter),
      ]),
      labels: photos.labels + photos.labels, labelCount: labelCount,
      target: RegularizedLDA.Target(projection: clip.images.tower.projection))
  }
}
