public import CLIPModel

/// Everything that decides what adapter a run trains: method, sizes, settings, recipe, and what is added from the shots.
public struct AdapterPlan: Sendable, Equatable {
  /// A recipe by name.
  public enum Preset: String, Sendable, CaseIterable {
    /// The papers' base-to-novel recipe.
    case baseToNovel = "base-to-novel"
    /// The papers' few-shot recipe.
    case fewShot = "few-shot"
    /// The papers' cross-dataset and domain-generalisation recipe.
    case crossDataset = "cross-dataset"
    /// Ours, for a person's photos and any backbone: see `photos(_:for:)`.
    case photos
  }

  /// What the published code sets for a data set that it names.
  public struct Published: Sendable, Equatable, Decodable {
    /// Weight of the two cosine terms of the loss.
    public var lambda: Float
    /// Width of the representation space, where it is not 512.
    public var spaceWidth: Int?
    /// How much of a new token a later layer takes (MMRL++).
    public var beta: Float?
  }

  /// What a person may set; nil leaves it to the preset.
  public struct Options: Sendable, Equatable {
    /// Weight of the class logits.
    public var alpha: Float?
    /// Share of new tokens at later layers (MMRL++).
    public var beta: Float?
    /// Lambda, the weight of the cosine terms.
    public var regularization: Double?
    /// J, counted from 1.
    public var layers: [Int]?
    /// K.
    public var tokens: Int?
    /// d.
    public var spaceWidth: Int?
    /// r, of MMRL++'s per-layer residuals.
    public var rank: Int?
    /// Passes over the photos.
    public var epochs: Int?
    /// Images a step.
    public var batchSize: Int?
    /// Learning rate at the top of its cosine.
    public var learningRate: Double?
    /// Whether a discriminant of the shots' features joins the fusion.
    public var discriminant: Bool?

    /// Leaves everything to the preset.
    public init() {}
  }

  /// MMRL or MMRL++ with all sizes.
  public var geometry: AdapterGeometry
  /// Layers, alpha, beta, template.
  public var settings: AdapterSettings
  /// How it is trained.
  public var recipe: TrainingRecipe
  /// Whether a discriminant of the shots' features joins the fusion.
  public var addsDiscriminant: Bool
  /// Whether tokens begin as k-means centres of the shots' patch rows, in place of the published random ones.
  public var beginsWithPhotos: Bool
  /// Whether photos are kept no larger than training needs them, which bounds the memory; the published code keeps every
  /// pixel.
  public var reducesPhotos: Bool

  /// A preset's plan, changed by options.
  ///
  /// - Parameters:
  ///   - preset: whose settings to take.
  ///   - method: `.mmrl` or `.mmrlPlusPlus`.
  ///   - published: what the published presets set for the data set; nil where they do not name it.
  ///   - onImageNet: ImageNet has fewer epochs.
  ///   - clip: the backbone.
  ///   - template: the prompt.
  ///   - options: what to change.
  public init(
    _ preset: Preset, method: AdapterMethod, published: Published? = nil,
    onImageNet: Bool = false, clip: CLIPGeometry, template: String,
    options: Options = Options()
  ) {
    let isPlusPlus = method == .mmrlPlusPlus
    let depth = min(clip.visionLayers, clip.textLayers)
    let layers =
      options.layers
      ?? (preset == .photos ? [max(1, depth - 1)] : AdapterSettings.defaultLayers(clip))
    geometry = AdapterGeometry(method, for: clip, layerCount: layers.count)
    settings = AdapterSettings(
      representationLayers: layers, alpha: 0.7, beta: isPlusPlus ? published?.beta ?? 0.9 : 1,
      template: template)
    addsDiscriminant = preset == .photos
    beginsWithPhotos = preset == .photos
    reducesPhotos = preset == .photos
    recipe = TrainingRecipe(preset, method: method, onImageNet: onImageNet)
    switch preset {
    case .baseToNovel, .fewShot:
      if let published { recipe.regularization = Double(published.lambda) }
    case .crossDataset:
      if isPlusPlus && onImageNet { recipe.regularization = 0.1 }
    case .photos:
      settings.alpha = 0.2
      settings.beta = isPlusPlus ? 0.6 : 1
    }
    // The papers' one wider space is of the first two protocols; the third keeps 512 everywhere.
    if let width = published?.spaceWidth, preset == .baseToNovel || preset == .fewShot {
      geometry.spaceWidth = width
    }
    apply(options)
  }

  private mutating func apply(_ options: Options) {
    if let alpha = options.alpha { settings.alpha = alpha }
    if let beta = options.beta, geometry.method == .mmrlPlusPlus { settings.beta = beta }
    if let value = options.regularization { recipe.regularization = value }
    if let tokens = options.tokens { geometry.tokenCount = tokens }
    if let width = options.spaceWidth { geometry.spaceWidth = width }
    if let rank = options.rank, geometry.method == .mmrlPlusPlus { geometry.rank = rank }
    if let epochs = options.epochs {
      recipe.epochs = epochs
      recipe.leastSteps = 0
    }
    if let size = options.batchSize { recipe.batchSize = size }
    if let rate = options.learningRate { recipe.learningRate = rate }
    if let adds = options.discriminant { addsDiscriminant = adds }
  }

  /// The settings by name, for provenance and reports.
  public var description: [(name: String, value: String)] {
    var rows = [
      ("method", geometry.method.rawValue),
      (
        "representation layers",
        settings.representationLayers.map(String.init).joined(separator: ",")
      ),
      ("tokens K", "\(geometry.tokenCount)"), ("space width d", "\(geometry.spaceWidth)"),
      ("alpha", "\(settings.alpha)"), ("lambda", "\(recipe.regularization)"),
      ("batch size", "\(recipe.batchSize)"), ("learning rate", "\(recipe.learningRate)"),
      ("epochs", "\(recipe.epochs)"), ("discriminant", addsDiscriminant ? "yes" : "no"),
      ("first tokens", beginsWithPhotos ? "centres of the shots' patches" : "random"),
    ]
    if geometry.method == .mmrlPlusPlus {
      rows += [("beta", "\(settings.beta)"), ("rank r", "\(geometry.rank)")]
    }
    if recipe.leastSteps > 0 { rows.append(("least steps", "\(recipe.leastSteps)")) }
    if let views = recipe.fixedViews { rows.append(("fixed views of a photo", "\(views)")) }
    return rows.map { (name: $0.0, value: $0.1) }
  }
}
