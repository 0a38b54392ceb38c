import CLIPModel
import FloatMath
import Imaging

/// What does not change about an image while adapters are trained on it and tried on it.
struct PreparedImage: Sendable {
  /// The rows at the input of the first representation layer, `[N, Wv]`.
  let prefix: Matrix
  /// The frozen CLIP's feature, unit length, `[1, E]`.
  let frozen: Matrix

  /// Runs the frozen tower on images.
  ///
  /// - Parameters:
  ///   - pixels: `[B, 3, S, S]`, normalised.
  ///   - tower: the frozen tower.
  ///   - layer: the first representation layer.
  /// - Returns: an element an image.
  static func make(
    _ pixels: [Float], by tower: VisionTower, before layer: Int
  ) -> [PreparedImage] {
    let prefix = tower.frozenPrefix(pixels, before: layer)
    let features = tower.forward(
      prefix, from: layer, tokens: nil, head: nil, frozen: true, requiresGradient: false
    ).0.frozen
    guard let frozen = features.map({ UnitRows($0).rows }) else { return [] }
    let rows = tower.rowCount
    return (0..<frozen.rows).map {
      PreparedImage(
        prefix: prefix[rows: $0 * rows..<($0 + 1) * rows], frozen: frozen[rows: $0..<$0 + 1])
    }
  }
}

/// How far the encoding of photos is, which comes before the first epoch and after the last one.
public struct EncodingProgress: Sendable, Equatable {
  /// What is being encoded.
  public enum Stage: String, Sendable {
    /// The labels' prompts, by the frozen text tower.
    case labels
    /// Photos and their mirror images, by the frozen tower.
    case photos = "photos and mirror images"
    /// The crops that are trained on, where they are drawn once.
    case views = "crops to train on"
    /// Photos and their mirror images, by the untrained adapter.
    case untrained = "photos by the untrained adapter"
    /// Photos and their mirror images, by the trained adapter.
    case trained = "photos by the trained adapter"
    /// Photos that a fold of a cross-validation held out.
    case heldOut = "photos held out"
  }

  /// What is being encoded.
  public var stage: Stage
  /// How many are.
  public var done: Int
  /// Of how many.
  public var total: Int
}

extension FewShotLearner {
  /// Calls `encode` for ranges of so many items on the workers, and `onEncoded` between them with how many are done.
  func inBatches<R: Sendable>(
    _ count: Int, onEncoded: (Int) -> Void, encode: @Sendable (Range<Int>) -> R
  ) -> [R] {
    // A range that fits the caches, and one for each worker: people see that it goes on.
    let size = max(1, 1000 / clip.images.tower.rowCount)
    let batch = size * clip.workers.count
    var parts: [R] = []
    onEncoded(0)
    for start in stride(from: 0, to: count, by: batch) {
      let end = min(start + batch, count)
      let ranges = Workers.chunks(end - start, atMost: size, workers: clip.workers.count)
      parts += clip.workers.map(ranges.count) {
        encode(start + ranges[$0].lowerBound..<start + ranges[$0].upperBound)
      }
      onEncoded(end)
    }
    return parts
  }

  /// Runs the frozen tower on images that will be used more than once.
  func prepare(
    _ count: Int, before layer: Int, onEncoded: (Int) -> Void,
    pixels: @Sendable (Int) -> [Float]
  ) -> [PreparedImage] {
    let tower = clip.images.tower
    return inBatches(count, onEncoded: onEncoded) {
      PreparedImage.make($0.flatMap(pixels), by: tower, before: layer)
    }.flatMap { $0 }
  }

  /// The unit features of prepared images by an adapter whose first layer they were prepared for.
  func features(
    of prepared: [PreparedImage], adapter: Adapter, onEncoded: (Int) -> Void = { _ in }
  ) -> ImageFeatures {
    let tower = clip.images.tower
    let tokens = adapter.stackTokens(.vision)
    let head = adapter.representationHead(frozen: tower.projection)
    let parts = inBatches(prepared.count, onEncoded: onEncoded) { range in
      tower.forward(
        Matrix.stacked(prepared[range].map(\.prefix)), from: tokens.firstLayer, tokens: tokens,
        head: head, frozen: false, requiresGradient: false
      ).0
    }
    return ImageFeatures(
      classFeatures: Matrix.stacked(parts.compactMap(\.adapted)),
      representation: Matrix.stacked(parts.compactMap(\.representation))
    ).unit
  }

  /// The unit features of crops by an adapter; nil is the frozen CLIP.
  func features(
    of crops: [Image], adapter: Adapter?, onEncoded: (Int) -> Void
  ) -> ImageFeatures {
    var parts: [ImageFeatures] = []
    onEncoded(0)
    for start in stride(from: 0, to: crops.count, by: 16 * clip.workers.count) {
      let end = min(start + 16 * clip.workers.count, crops.count)
      parts.append(features(of: Array(crops[start..<end]), adapter: adapter))
      onEncoded(end)
    }
    return .stacked(parts)
  }
}
