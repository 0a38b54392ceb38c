public import FloatMath

/// The image tower of a CLIP in float32, frozen, to be run with or without an adapter.
public struct ImageEncoder: Sendable {
  /// Threads that share the work.
  public var workers: Workers
  package let tower: VisionTower

  /// Loads the image tower of a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: only its image tower's tensors are read.
  ///   - workers: threads that share the work; by default as many as this process may use.
  /// - Throws: when a tensor cannot be read.
  public init(checkpoint: CLIPCheckpoint, workers: Workers = Workers()) throws {
    try self.init(
      TowerLoader(
        geometry: checkpoint.geometry, arithmetic: checkpoint.arithmetic,
        tensor: { try checkpoint.tensor($0) }),
      workers: workers)
  }

  init(_ loader: TowerLoader, workers: Workers) throws {
    self.workers = workers
    tower = try loader.vision()
  }

  /// The raw features of images; `.unit` normalises them.
  ///
  /// - Parameters:
  ///   - pixels: `[B, 3, S, S]`, normalised by the checkpoint's mean and deviation.
  ///   - adapter: nil gives the frozen CLIP.
  ///   - hook: sees every block's activations; the images then run one after the other.
  /// - Returns: the features, in the order of the images.
  public func encode(
    _ pixels: [Float], adapter: Adapter? = nil, hook: ForwardHook? = nil
  ) -> ImageFeatures {
    let images = pixels.count / tower.pixelCount
    let tokens = adapter?.stackTokens(.vision)
    let head = adapter?.representationHead(frozen: tower.projection)
    let first = tokens?.firstLayer ?? 1
    @Sendable func run(_ range: Range<Int>, _ hook: ForwardHook?) -> VisionTower.Features {
      let part = Array(
        pixels[range.lowerBound * tower.pixelCount..<range.upperBound * tower.pixelCount])
      let prefix = tower.frozenPrefix(part, before: first, hook: hook)
      return tower.forward(
        prefix, from: first, tokens: tokens, head: head, frozen: false, requiresGradient: false,
        hook: hook
      ).0
    }
    let ranges = Workers.chunks(
      images, atMost: max(1, 1000 / tower.rowCount), workers: hook == nil ? workers.count : 1)
    let parts =
      if let hook { ranges.map { run($0, hook) } } else {
        workers.map(ranges.count) { run(ranges[$0], nil) }
      }
    let empty = [Matrix(rows: 0, columns: tower.projection.columns)]
    let adapted = parts.compactMap(\.adapted)
    let classFeatures = adapter == nil ? parts.compactMap(\.frozen) : adapted
    return ImageFeatures(
      classFeatures: Matrix.stacked(empty + classFeatures),
      representation: adapter == nil
        ? nil : Matrix.stacked(empty + parts.compactMap(\.representation)))
  }
}
