public import CLIPModel
public import FloatMath
public import Imaging
public import Tokenization

/// A CLIP with its tokenizer, that adapters are trained for and photos are encoded by.
public struct FewShotLearner: Sendable {
  /// The towers.
  public let clip: FloatCLIP
  /// Size and normalisation of the input.
  public let preprocessing: Preprocessing
  /// Photos of more pixels are refused.
  public var pixelLimit = ImageDecoder.usualPixelLimit
  private let tokenizer: Tokenizer

  /// Puts towers and tokenizer together.
  public init(clip: FloatCLIP, preprocessing: Preprocessing, tokenizer: Tokenizer) {
    self.clip = clip
    self.preprocessing = preprocessing
    self.tokenizer = tokenizer
  }

  /// Loads the towers of a checkpoint.
  ///
  /// - Throws: when a tensor cannot be read.
  public init(checkpoint: CLIPCheckpoint, tokenizer: Tokenizer, workers: Workers) throws {
    self.init(
      clip: try FloatCLIP(checkpoint: checkpoint, workers: workers),
      preprocessing: checkpoint.preprocessing, tokenizer: tokenizer)
  }

  /// The labels in their prompt.
  public func prompts(_ labels: [String], template: String) -> LabelPrompts {
    LabelPrompts(
      labels, template: template, tokenizer: tokenizer, contextLength: clip.texts.contextLength)
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

  /// Nothing yet, for photos to be decoded as a plan keeps them.
  public func noPhotos(for plan: AdapterPlan) -> ReadPhotos {
    ReadPhotos(
      preprocessing: preprocessing,
      // A crop of half the area still has as many pixels as the tower takes.
      shortEdge: plan.reducesPhotos ? 3 * preprocessing.size / 2 : nil, limit: pixelLimit)
  }

  /// Photos as a plan keeps them.
  ///
  /// - Parameters:
  ///   - photos: with their labels.
  ///   - plan: what they are for.
  ///   - read: those that have been decoded for this plan; nil for none.
  /// - Returns: the photos.
  /// - Throws: `ImageFileError` that names the first photo that cannot be read.
  public func load(
    _ photos: [Photo], for plan: AdapterPlan, read: ReadPhotos? = nil
  ) throws -> PhotoStore {
    try PhotoStore(
      photos, read ?? noPhotos(for: plan), preprocessing: preprocessing, workers: clip.workers)
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
          try ImageFile.crop(batch[index].path, preprocessing, limit: pixelLimit)
        }
      }
      parts.append(try encode(try crops.map { try $0.get() }))
    }
    return .stacked(parts)
  }
}
