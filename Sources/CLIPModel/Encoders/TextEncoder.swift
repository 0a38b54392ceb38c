public import FloatMath

/// The text tower of a CLIP in float32, frozen, to be run with or without an adapter's tokens.
public struct TextEncoder: Sendable {
  /// Rows of a text, n.
  public let contextLength: Int
  /// Threads that share the work.
  public var workers: Workers
  package let tower: TextTower
  /// The token embedding, `[vocabulary, Wt]`; large, hence read when prompts come and not kept.
  private let tokenEmbedding: @Sendable () throws -> [Float]

  /// Loads the text tower of a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: only its text tower's tensors are read; it stays in use for the token embedding.
  ///   - workers: threads that share the work; by default as many as this process may use.
  /// - Throws: when a tensor cannot be read.
  public init(checkpoint: CLIPCheckpoint, workers: Workers = Workers()) throws {
    try self.init(
      TowerLoader(
        geometry: checkpoint.geometry, arithmetic: checkpoint.arithmetic,
        tensor: { try checkpoint.tensor($0) }),
      workers: workers, tokenEmbedding: { try checkpoint.tensor("token_embedding.weight") })
  }

  init(
    _ loader: TowerLoader, workers: Workers,
    tokenEmbedding: @escaping @Sendable () throws -> [Float]
  ) throws {
    contextLength = loader.geometry.contextLength
    self.workers = workers
    self.tokenEmbedding = tokenEmbedding
    tower = try loader.text()
  }

  /// The raw features of texts, `[C, E]`.
  ///
  /// - Parameters:
  ///   - ids: token ids, each with its start and end of text; what follows the end is ignored.
  ///   - tokens: an adapter's; nil gives the frozen CLIP.
  ///   - hook: sees every block's activations.
  /// - Returns: the features, in the order of the texts.
  /// - Throws: when the token embedding cannot be read.
  public func encode(
    _ ids: [[Int32]], tokens: TextTokens? = nil, hook: ForwardHook? = nil
  ) throws -> Matrix {
    let tokens = tokens?.stack
    let prompts = try prompts(ids, chunks: hook == nil ? workers.count : 1)
    @Sendable func run(_ prompts: TextTower.Prompts, _ hook: ForwardHook?) -> Matrix {
      let prefix = tower.frozenPrefix(prompts, before: tokens?.firstLayer ?? 1, hook: hook)
      return tower.forward(prefix, tokens: tokens, requiresGradient: false, hook: hook).0
    }
    let parts =
      if let hook { prompts.map { run($0, hook) } } else {
        workers.map(prompts.count) { run(prompts[$0], nil) }
      }
    return Matrix.stacked([Matrix(rows: 0, columns: tower.projection.columns)] + parts)
  }

  /// Texts at the input of the first layer, in chunks for the workers.
  ///
  /// - Throws: when the token embedding cannot be read.
  package func prompts(_ ids: [[Int32]], chunks: Int) throws -> [TextTower.Prompts] {
    guard !ids.isEmpty else { return [] }
    let values = try tokenEmbedding()
    let width = tower.position.columns
    return Workers.chunks(ids.count, atMost: 256, workers: chunks).map { range in
      tower.embed(ids[range].map(TextTower.untilEnd)) { id in
        let start = Int(id) * width
        return Matrix(rows: 1, columns: width, Array(values[start..<start + width]))
      }
    }
  }
}
