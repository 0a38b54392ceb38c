extension Manifest {
  /// The text tower that a model carries, to make features of labels without the checkpoint.
  ///
  /// Its width is ``Geometry/textWidth``; adapters put their tokens at the same layers as in the
  /// image tower.
  public struct TextTower: Codable, Sendable, Equatable {
    /// Blocks.
    public var layers: Int
    /// Attention heads of a block.
    public var heads: Int
    /// Width between the two linear layers of a block.
    public var mlpWidth: Int
    /// Tokens of a text at most, start and end among them.
    public var contextLength: Int
    /// Rows of the token embedding.
    public var vocabularySize: Int
    /// The activation between the two linear layers of a block.
    public var activation: Activation
    /// What makes tokens of a text.
    public var tokenizer: Tokenizer
    /// What its LayerNorms add to the variance; nil for ``Manifest/defaultEpsilon``.
    public var epsilon: Float?

    /// Puts sizes together; nothing is checked here, see ``Manifest/validate()``.
    public init(
      layers: Int, heads: Int, mlpWidth: Int, contextLength: Int, vocabularySize: Int,
      activation: Activation, tokenizer: Tokenizer, epsilon: Float? = nil
    ) {
      self.layers = layers
      self.heads = heads
      self.mlpWidth = mlpWidth
      self.contextLength = contextLength
      self.vocabularySize = vocabularySize
      self.activation = activation
      self.tokenizer = tokenizer
      self.epsilon = epsilon
    }
  }

  /// A tokenizer, whose tables are tensors.
  public struct Tokenizer: Codable, Sendable, Equatable {
    /// How texts become tokens.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      /// CLIP's byte-level byte-pair encoding of lower-case text.
      case clip
    }

    /// What is done to a text before it is split.
    public enum Cleaning: String, Codable, Sendable, CaseIterable {
      /// As OpenAI's tokenizer: repaired, character references decoded, lower case.
      case openAI = "openai"
      /// The same, the case of letters kept.
      case openAICased = "openai-cased"
      /// The same, ASCII's punctuation left out.
      case openAICanonical = "openai-canonical"
      /// As Hugging Face's fast tokenizer: composed, lower case.
      case huggingFace = "hugging-face"
    }

    /// How texts become tokens.
    public var kind: Kind
    /// What is done to a text before; nil, in files before version 3, for ``Cleaning/openAI``.
    public var cleaning: Cleaning?
    /// The token that begins a text.
    public var start: Int
    /// The token that ends a text, the highest of any text.
    public var end: Int
    /// Merges of two tokens.
    public var merges: Int

    /// Puts a tokenizer together.
    public init(
      kind: Kind = .clip, cleaning: Cleaning? = nil, start: Int, end: Int, merges: Int
    ) {
      self.kind = kind
      self.cleaning = cleaning
      self.start = start
      self.end = end
      self.merges = merges
    }
  }

  // Ten times the largest vocabulary of a published CLIP.
  private static let largestVocabulary = 1 << 20

  func validateText() throws(ModelFileError) {
    guard let text else { return }
    let sizes = [
      ("layers", text.layers), ("heads", text.heads), ("mlpWidth", text.mlpWidth),
      ("contextLength", text.contextLength),
    ]
    for (name, size) in sizes {
      try Self.check(
        (1...Self.largestSize).contains(size),
        "text.\(name) is \(size), must be 1...\(Self.largestSize)")
    }
    let counts = [
      ("vocabularySize", text.vocabularySize), ("tokenizer.merges", text.tokenizer.merges),
    ]
    for (name, count) in counts {
      try Self.check(
        (1...Self.largestVocabulary).contains(count),
        "text.\(name) is \(count), must be 1...\(Self.largestVocabulary)")
    }
    try Self.check(
      text.contextLength >= 2, "text.contextLength is 1: there must be room for start and end")
    try Self.validate(epsilon: text.epsilon, of: "text.epsilon")
    try Self.check(
      geometry.textWidth.isMultiple(of: text.heads),
      "geometry.textWidth \(geometry.textWidth) does not divide into \(text.heads) heads")
    try Self.check(
      (0..<text.vocabularySize).contains(text.tokenizer.start)
        && (0..<text.vocabularySize).contains(text.tokenizer.end),
      "text.tokenizer.start and end must be below text.vocabularySize")
    try Self.check(
      representationLayers.allSatisfy { $0 <= text.layers },
      "representationLayers go beyond text.layers \(text.layers)")
  }

  /// The tensors of the text tower, in the order of the file; none without one.
  var textTensors: [TensorDescription] {
    guard let text else { return [] }
    let width = geometry.textWidth
    var list: [TensorDescription] = []
    func add(_ name: String, _ type: DataType, _ shape: Int..., required: Bool = true) {
      list.append(
        TensorDescription(name: "text." + name, dataType: type, shape: shape, isRequired: required))
    }
    func addMatrix(_ name: String, outputs: Int, inputs: Int, required: Bool = true) {
      add(name + ".weight", .int8, outputs, inputs, required: required)
      add(name + ".scale", .float32, outputs, required: required)
    }
    func addLinear(_ name: String, outputs: Int, inputs: Int) {
      addMatrix(name, outputs: outputs, inputs: inputs)
      add(name + ".bias", .float32, outputs)
      addMatrix("residual." + name, outputs: outputs, inputs: inputs, required: false)
    }
    func addNorm(_ name: String) {
      add(name + ".gain", .float32, width)
      add(name + ".bias", .float32, width)
    }
    add("vocabulary.bytes", .int32, 2, 256)
    add("vocabulary.merges", .int32, text.tokenizer.merges, 3)
    addMatrix("embedding", outputs: text.vocabularySize, inputs: width)
    addMatrix("residual.embedding", outputs: text.vocabularySize, inputs: width, required: false)
    add("position", .float32, text.contextLength, width)
    for block in 0..<text.layers {
      let prefix = "blocks.\(block)"
      addNorm(prefix + ".ln_1")
      addLinear(prefix + ".qkv", outputs: 3 * width, inputs: width)
      addLinear(prefix + ".out", outputs: width, inputs: width)
      addNorm(prefix + ".ln_2")
      addLinear(prefix + ".fc1", outputs: text.mlpWidth, inputs: width)
      addLinear(prefix + ".fc2", outputs: width, inputs: text.mlpWidth)
    }
    addNorm("ln_final")
    add("projection", .float32, width, geometry.embedDim)
    return list
  }
}
