/// What a model is: everything in the file that is not a tensor.
///
/// Stored as JSON.
public struct Manifest: Codable, Sendable, Equatable {
  /// Sizes of the image tower, and of the text tower as far as labels need it.
  public var geometry: Geometry
  /// The activation between the two linear layers of a block.
  public var activation: Activation
  /// How the tower is adapted.
  public var method: Method
  /// Weight of the class logits in the fusion of known labels; 1 - alpha is the representation's.
  public var alpha: Float
  /// MMRL++'s progressive composition: the share of new tokens at every later representation layer.
  public var beta: Float
  /// Blocks, counted from 1, at whose input representation tokens enter; ascending; empty for CLIP.
  public var representationLayers: [Int]
  /// How pixels become the tower's input; the normalisation is folded into the patch weights.
  public var preprocessing: Preprocessing
  /// The labels the model can score, at most one set of each kind.
  public var labelSets: [LabelSet]
  /// How logits become one answer; nil in files of version 1.
  public var answer: Answer?
  /// What the photos of the known labels say; nil without photos.
  public var statistics: Statistics?
  /// Everyday words that stand for whatever else an image may show; each has a row of `words.weight`.
  public var words: [String]?
  /// What the quantisation was tuned and checked on.
  public var calibration: Calibration?
  /// Where the model comes from.
  public var provenance: Provenance
  /// The text tower, if the model carries it.
  public var text: TextTower?
  /// What the image tower's LayerNorms add to the variance; nil for ``defaultEpsilon``.
  public var epsilon: Float?
  /// How the image tower's last rows become the class feature; nil for the class row's.
  public var pooling: Pooling?
  /// Whether the image tower has a LayerNorm before its first block; nil if it has.
  public var inputNorm: Bool?

  /// Puts a manifest together; nothing is checked here, see ``validate()``.
  public init(
    geometry: Geometry, activation: Activation, method: Method, alpha: Float, beta: Float,
    representationLayers: [Int], preprocessing: Preprocessing, labelSets: [LabelSet],
    answer: Answer? = nil, statistics: Statistics? = nil, words: [String]? = nil,
    calibration: Calibration?, provenance: Provenance
  ) {
    self.geometry = geometry
    self.activation = activation
    self.method = method
    self.alpha = alpha
    self.beta = beta
    self.representationLayers = representationLayers
    self.preprocessing = preprocessing
    self.labelSets = labelSets
    self.answer = answer
    self.statistics = statistics
    self.words = words
    self.calibration = calibration
    self.provenance = provenance
  }

  /// What a LayerNorm adds to the variance unless the manifest says otherwise.
  public static let defaultEpsilon: Float = 1e-5

  /// The label set of a kind, if the model has it.
  public func labelSet(_ kind: LabelSet.Kind) -> LabelSet? {
    labelSets.first { $0.kind == kind }
  }
}

extension Manifest {
  /// The activation functions CLIP models use.
  public enum Activation: String, Codable, Sendable, CaseIterable {
    /// `x · sigmoid(1.702 x)`, OpenAI's.
    case quickGELU = "quickgelu"
    /// The exact `x · Φ(x)`.
    case gelu
    /// GELU by its approximation with tanh.
    case tanhGELU = "gelu-tanh"
  }

  /// How rows of the image tower become one.
  public enum Pooling: String, Codable, Sendable, CaseIterable {
    /// The mean of the patches' rows, each normalised first.
    case normalizedPatches = "normalized-patches"
    /// The mean of the patches' rows, normalised afterwards.
    case patches
  }

  /// How the image tower is adapted.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// Not at all: plain CLIP.
    case clip
    /// Representation tokens overwrite their rows on every representation layer.
    case mmrl
    /// Representation tokens are blended by beta with what their rows hold.
    case mmrlPlusPlus = "mmrl++"
  }

  /// Sizes of the towers.
  public struct Geometry: Codable, Sendable, Equatable {
    /// Side of the square input, pixels.
    public var imageSize: Int
    /// Side of a square patch, pixels.
    public var patchSize: Int
    /// Width of the image tower's rows.
    public var width: Int
    /// Blocks of the image tower.
    public var layers: Int
    /// Attention heads of a block.
    public var heads: Int
    /// Width between the two linear layers of a block.
    public var mlpWidth: Int
    /// Size of the joint space of images and texts.
    public var embedDim: Int
    /// Representation tokens of a layer, K; 0 for plain CLIP.
    public var tokenCount: Int
    /// Width of the text tower's rows.
    public var textWidth: Int

    /// Puts sizes together; nothing is checked here, see ``Manifest/validate()``.
    public init(
      imageSize: Int, patchSize: Int, width: Int, layers: Int, heads: Int, mlpWidth: Int,
      embedDim: Int, tokenCount: Int, textWidth: Int
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.width = width
      self.layers = layers
      self.heads = heads
      self.mlpWidth = mlpWidth
      self.embedDim = embedDim
      self.tokenCount = tokenCount
      self.textWidth = textWidth
    }

    /// Patches along one side.
    public var grid: Int { imageSize / patchSize }
    /// Patches of an image, P.
    public var patches: Int { grid * grid }
  }

  /// Resized (bicubic, antialiased), centre crop, then `(x / 255 - mean) / std`.
  public struct Preprocessing: Codable, Sendable, Equatable {
    /// What an image is resized to before the crop.
    public struct Resize: Codable, Sendable, Equatable {
      /// Which edges are given.
      public enum Mode: String, Codable, Sendable, CaseIterable {
        /// The shorter edge; the other keeps the proportions.
        case short
        /// Both.
        case square
      }

      /// Which edges are given.
      public var mode: Mode
      /// Their length in pixels, at least that of the crop.
      public var edge: Int

      /// Puts a size together.
      public init(_ mode: Mode, edge: Int) {
        self.mode = mode
        self.edge = edge
      }
    }

    /// A part of an image in fractions of its sides, the right way up.
    public struct Region: Codable, Sendable, Equatable {
      static let leastSide = 0.01
      // Fractions of pixels need not be exact.
      static let tolerance = 1e-6

      /// Where it begins, from the left and from the top.
      public var x, y: Double
      /// Its sides.
      public var width, height: Double

      /// Puts a part together.
      public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
      }
    }

    /// Side of the crop, pixels.
    public var size: Int
    /// Mean of red, green and blue in 0...1.
    public var mean: [Float]
    /// Standard deviation of red, green and blue.
    public var std: [Float]
    /// What an image is resized to before the crop; nil for a short edge of `size`.
    public var resize: Resize?
    /// The part of an image that the model learnt to look at; nil for the whole, as before version 5.
    public var region: Region?

    /// Puts the settings together.
    public init(
      size: Int, mean: [Float], std: [Float], resize: Resize? = nil, region: Region? = nil
    ) {
      self.size = size
      self.mean = mean
      self.std = std
      self.resize = resize
      self.region = region
    }
  }

  /// Labels with the prompt their text features were made with.
  public struct LabelSet: Codable, Sendable, Equatable {
    /// Which head scores the labels.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      /// Trained on: scored by the fusion of both heads.
      case known
      /// Not trained on: scored by the class head alone.
      case novel
    }

    /// Which head scores the labels.
    public var kind: Kind
    /// The prompt, `{}` stands for the label.
    public var template: String
    /// The labels, in the order of the rows of their features.
    public var labels: [String]

    /// Puts a set together.
    public init(kind: Kind, template: String, labels: [String]) {
      self.kind = kind
      self.template = template
      self.labels = labels
    }
  }

  /// What the quantisation was tuned on, and how close it came on it.
  public struct Calibration: Codable, Sendable, Equatable {
    /// Where the images came from, in words.
    public var source: String
    /// How many there were.
    public var images: Int
    /// Share of the activations' range that smoothing moved into the weights, 0...1.
    public var smoothing: Float
    /// Mean cosine of int8 class features to float ones, on the same images.
    public var classCosine: Float?
    /// Mean cosine of int8 representation features to float ones.
    public var representationCosine: Float?

    /// Puts a record together.
    public init(
      source: String, images: Int, smoothing: Float, classCosine: Float? = nil,
      representationCosine: Float? = nil
    ) {
      self.source = source
      self.images = images
      self.smoothing = smoothing
      self.classCosine = classCosine
      self.representationCosine = representationCosine
    }
  }

  /// Where a model comes from.
  public struct Provenance: Codable, Sendable, Equatable {
    /// A file that went into the model.
    public struct Source: Codable, Sendable, Equatable {
      /// The file's name, without folders.
      public var name: String
      /// SHA-256 of the file, 64 lower-case hexadecimal digits.
      public var sha256: String

      /// Names a file.
      public init(name: String, sha256: String) {
        self.name = name
        self.sha256 = sha256
      }
    }

    /// The CLIP checkpoint.
    public var checkpoint: Source
    /// The adapter trained elsewhere or before.
    public var adapter: Source?
    /// Training settings by name.
    public var recipe: [String: String]
    /// Seed of the training.
    public var seed: Int?
    /// Accuracies on held-out images by name, percent.
    public var scores: [String: Double]
    /// Version of the program that wrote the file.
    public var toolVersion: String
    /// The terms under which the model may be used.
    public var licence: String?

    /// Puts a record together.
    public init(
      checkpoint: Source, adapter: Source? = nil, recipe: [String: String] = [:],
      seed: Int? = nil, scores: [String: Double] = [:], toolVersion: String, licence: String? = nil
    ) {
      self.checkpoint = checkpoint
      self.adapter = adapter
      self.recipe = recipe
      self.seed = seed
      self.scores = scores
      self.toolVersion = toolVersion
      self.licence = licence
    }
  }
}
