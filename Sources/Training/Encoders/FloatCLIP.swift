public import FloatMath
public import ModelFile

/// Both towers of a CLIP in float32, frozen, to be run with or without an adapter.
public struct FloatCLIP: Sendable {
  /// All sizes.
  public let geometry: CLIPGeometry
  /// Threads that share the work.
  public var workers: Workers
  let vision: VisionTower
  let text: TextTower
  /// The token embedding, `[vocabulary, Wt]`; large, hence read when prompts come and not kept.
  private let tokenEmbedding: @Sendable () throws -> [Float]

  /// Loads the towers of a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: stays in use for the token embedding.
  ///   - workers: threads that share the work; by default one a processor.
  /// - Throws: when a tensor cannot be read.
  public init(checkpoint: CLIPCheckpoint, workers: Workers = Workers()) throws {
    try self.init(
      geometry: checkpoint.geometry, activation: checkpoint.activation, workers: workers,
      tensor: { try checkpoint.tensor($0) })
  }

  /// Makes towers of any tensors.
  ///
  /// - Parameters:
  ///   - geometry: all sizes.
  ///   - activation: of both towers' MLPs.
  ///   - workers: threads that share the work; by default one a processor.
  ///   - tensor: the values, row-major, of a tensor of `geometry.tensorShapes`.
  /// - Throws: what `tensor` throws.
  public init(
    geometry: CLIPGeometry, activation: Manifest.Activation, workers: Workers = Workers(),
    tensor: @escaping @Sendable (String) throws -> [Float]
  ) throws {
    self.geometry = geometry
    self.workers = workers
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix {
      Matrix(rows: rows, columns: columns, try tensor(name))
    }
    func norm(_ name: String) throws -> LayerNorm {
      LayerNorm(gain: try tensor("\(name).weight"), bias: try tensor("\(name).bias"))
    }
    func stack(_ prefix: String, layers: Int, width: Int, mlpWidth: Int, heads: Int) throws
      -> BlockStack
    {
      BlockStack(
        blocks: try (0..<layers).map { index in
          let block = "\(prefix)transformer.resblocks.\(index)"
          func linear(_ name: String, _ suffix: String, _ rows: Int, _ columns: Int) throws
            -> Linear
          {
            Linear(
              weight: try matrix("\(block).\(name)\(suffix)weight", rows, columns),
              bias: try tensor("\(block).\(name)\(suffix)bias"))
          }
          return TransformerBlock(
            attentionNorm: try norm("\(block).ln_1"),
            qkv: try linear("attn.in_proj", "_", 3 * width, width),
            attention: Attention(heads: heads),
            out: try linear("attn.out_proj", ".", width, width),
            mlpNorm: try norm("\(block).ln_2"),
            fc1: try linear("mlp.c_fc", ".", mlpWidth, width),
            activation: activation == .gelu ? .gelu : .quickGELU,
            fc2: try linear("mlp.c_proj", ".", width, mlpWidth))
        })
    }
    let g = geometry
    var position = try matrix("visual.positional_embedding", 1 + g.patches, g.visionWidth)
    position.blend(
      Matrix(rows: 1, columns: g.visionWidth, try tensor("visual.class_embedding")), keeping: 1,
      fromRow: 0)
    vision = VisionTower(
      imageSize: g.imageSize, patchSize: g.patchSize,
      patchWeight: try matrix("visual.conv1.weight", g.visionWidth, 3 * g.patchSize * g.patchSize),
      position: position, inputNorm: try norm("visual.ln_pre"),
      stack: try stack(
        "visual.", layers: g.visionLayers, width: g.visionWidth, mlpWidth: g.visionMLPWidth,
        heads: g.visionHeads),
      outputNorm: try norm("visual.ln_post"),
      projection: try matrix("visual.proj", g.visionWidth, g.embedDim))
    text = TextTower(
      position: try matrix("positional_embedding", g.contextLength, g.textWidth),
      stack: try stack(
        "", layers: g.textLayers, width: g.textWidth, mlpWidth: g.textMLPWidth, heads: g.textHeads),
      outputNorm: try norm("ln_final"),
      projection: try matrix("text_projection", g.textWidth, g.embedDim))
    tokenEmbedding = { try tensor("token_embedding.weight") }
  }

  /// Features of images, `[B, E]` each.
  public struct ImageFeatures: Sendable {
    /// The class row's.
    public var classFeatures: Matrix
    /// The token rows'; nil without an adapter.
    public var representation: Matrix?

    /// Features that another engine made.
    public init(classFeatures: Matrix, representation: Matrix?) {
      self.classFeatures = classFeatures
      self.representation = representation
    }

    /// Every row at unit length.
    public var unit: ImageFeatures {
      ImageFeatures(
        classFeatures: UnitRows(classFeatures).rows,
        representation: representation.map { UnitRows($0).rows })
    }
  }

  /// The raw features of images; `.unit` normalises them.
  ///
  /// - Parameters:
  ///   - pixels: `[B, 3, S, S]`, normalised by the checkpoint's mean and deviation.
  ///   - adapter: nil gives the frozen CLIP.
  ///   - observe: sees every block's activations; the images then run one after the other.
  /// - Returns: the features, in the order of the images.
  public func encodeImages(
    _ pixels: [Float], adapter: Adapter? = nil, observe: ActivationObserver? = nil
  ) -> ImageFeatures {
    let images = pixels.count / vision.pixelCount
    let tokens = adapter?.stackTokens(.vision)
    let head = adapter?.representationHead(frozen: vision.projection)
    let first = tokens?.firstLayer ?? 1
    @Sendable func run(_ range: Range<Int>, _ observe: ActivationObserver?) -> VisionTower.Features
    {
      let part = Array(
        pixels[range.lowerBound * vision.pixelCount..<range.upperBound * vision.pixelCount])
      let trunk = vision.trunk(part, before: first, observe: observe)
      return vision.forward(
        trunk: trunk, from: first, tokens: tokens, head: head, frozen: false, recorded: false,
        observe: observe
      ).0
    }
    let ranges = Self.chunks(
      images, atMost: max(1, 1000 / vision.rowCount), workers: observe == nil ? workers.count : 1)
    let parts =
      if let observe { ranges.map { run($0, observe) } } else {
        workers.map(ranges.count) { run(ranges[$0], nil) }
      }
    let empty = [Matrix(rows: 0, columns: geometry.embedDim)]
    let adapted = parts.compactMap(\.adapted)
    let classFeatures = adapter == nil ? parts.compactMap(\.frozen) : adapted
    return ImageFeatures(
      classFeatures: Matrix.stacked(empty + classFeatures),
      representation: adapter == nil
        ? nil : Matrix.stacked(empty + parts.compactMap(\.representation)))
  }

  /// The raw features of texts, `[C, E]`.
  ///
  /// - Parameters:
  ///   - ids: token ids, each with its start and end of text; what follows the end is ignored.
  ///   - tokens: an adapter's; nil gives the frozen CLIP.
  ///   - observe: sees every block's activations.
  /// - Returns: the features, in the order of the texts.
  /// - Throws: when the token embedding cannot be read.
  public func encodeTexts(
    _ ids: [[Int32]], tokens: TextTokens? = nil, observe: ActivationObserver? = nil
  ) throws -> Matrix {
    let tokens = tokens?.stack
    let prompts = try prompts(ids, chunks: observe == nil ? workers.count : 1)
    @Sendable func run(_ prompts: TextTower.Prompts, _ observe: ActivationObserver?) -> Matrix {
      let trunk = text.trunk(prompts, before: tokens?.firstLayer ?? 1, observe: observe)
      return text.forward(trunk, tokens: tokens, recorded: false, observe: observe).0
    }
    let parts =
      if let observe { prompts.map { run($0, observe) } } else {
        workers.map(prompts.count) { run(prompts[$0], nil) }
      }
    return Matrix.stacked([Matrix(rows: 0, columns: geometry.embedDim)] + parts)
  }

  /// Texts at the input of the first layer, in chunks for the workers.
  func prompts(_ ids: [[Int32]], chunks: Int) throws -> [TextTower.Prompts] {
    guard !ids.isEmpty else { return [] }
    let values = try tokenEmbedding()
    let width = geometry.textWidth
    return Self.chunks(ids.count, atMost: 256, workers: chunks).map { range in
      text.embed(ids[range].map(TextTower.cut)) { id in
        let start = Int(id) * width
        return Matrix(rows: 1, columns: width, Array(values[start..<start + width]))
      }
    }
  }

  /// 0..<count in parts of nearly equal size, as many for each worker.
  static func chunks(_ count: Int, atMost size: Int, workers: Int) -> [Range<Int>] {
    guard count > 0 else { return [] }
    let rounds = (count + size * workers - 1) / (size * workers)
    let parts = min(count, rounds * workers)
    return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
  }
}
