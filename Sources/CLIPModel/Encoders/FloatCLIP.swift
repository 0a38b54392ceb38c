public import FloatMath

/// Both towers of a CLIP in float32.
///
/// A command that needs one tower only loads an ``ImageEncoder`` or a ``TextEncoder`` of its own.
public struct FloatCLIP: Sendable {
  /// All sizes.
  public let geometry: CLIPGeometry
  /// The image tower.
  public let images: ImageEncoder
  /// The text tower.
  public let texts: TextEncoder

  /// Threads that share the work.
  public var workers: Workers { images.workers }

  /// Loads the towers of a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: stays in use for the token embedding.
  ///   - workers: threads that share the work; by default as many as this process may use.
  /// - Throws: when a tensor cannot be read.
  public init(checkpoint: CLIPCheckpoint, workers: Workers = Workers()) throws {
    try self.init(
      geometry: checkpoint.geometry, arithmetic: checkpoint.arithmetic, workers: workers,
      tensor: { try checkpoint.tensor($0) })
  }

  /// Makes towers of any tensors.
  ///
  /// - Parameters:
  ///   - geometry: all sizes.
  ///   - arithmetic: what the towers compute.
  ///   - workers: threads that share the work; by default as many as this process may use.
  ///   - tensor: the values, row-major, of a tensor of `geometry.tensorShapes`.
  /// - Throws: what `tensor` throws.
  public init(
    geometry: CLIPGeometry, arithmetic: CLIPArithmetic, workers: Workers = Workers(),
    tensor: @escaping @Sendable (String) throws -> [Float]
  ) throws {
    self.geometry = geometry
    let loader = TowerLoader(geometry: geometry, arithmetic: arithmetic, tensor: tensor)
    images = try ImageEncoder(loader, workers: workers)
    texts = try TextEncoder(
      loader, workers: workers, tokenEmbedding: { try tensor("token_embedding.weight") })
  }
}

extension Workers {
  /// 0..<count in parts of nearly equal size, as many for each worker.
  package static func chunks(_ count: Int, atMost size: Int, workers: Int) -> [Range<Int>] {
    guard count > 0 else { return [] }
    let rounds = (count + size * workers - 1) / (size * workers)
    let parts = min(count, rounds * workers)
    return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
  }
}
