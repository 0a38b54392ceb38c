public import FloatMath

/// An MMRL or MMRL++ adapter as matrices to compute with: its tensors under their published names.
///
/// `K` tokens in a space of size `d`, `W` width of a tower, `r` rank; layers are counted from 1.
public struct Adapter: Sendable {
  /// Weights or gradients of the trainable tensors.
  public typealias Tensors = TensorTable<Matrix>

  /// The method and all sizes.
  public let geometry: AdapterGeometry
  /// Layers, alpha, beta.
  public var settings: AdapterSettings
  /// Every trainable tensor; vectors are `[1, n]`.
  public package(set) var tensors: Tensors

  /// An adapter of given tensors.
  ///
  /// - Precondition: there are as many layers in `settings` as in the tensors.
  public init(_ source: AdapterTensors, settings: AdapterSettings) {
    precondition(settings.representationLayers.count == source.geometry.layerCount)
    geometry = source.geometry
    self.settings = settings
    var matrices: [String: Matrix] = [:]
    for (name, shape) in source.geometry.tensorShapes {
      matrices[name] = Matrix(
        rows: shape.count == 1 ? 1 : shape[0], columns: shape[shape.count - 1], source[name])
    }
    tensors = Tensors(matrices)
  }

  /// The tensors to write to a file.
  ///
  /// - Parameters:
  ///   - notes: texts to keep with them.
  ///   - classEmbedding: that of the CLIP, by which a wrong one is noticed later.
  /// - Returns: the tensors with this adapter's settings.
  public func stored(notes: [String: String] = [:], classEmbedding: [Float]? = nil)
    -> AdapterTensors
  {
    AdapterTensors(
      geometry: geometry, values: tensors.map(\.elements).values, settings: settings, notes: notes,
      classEmbedding: classEmbedding)
  }

  /// One of the two towers.
  public enum Modality: String, Sendable {
    /// The image tower.
    case vision = "r2v"
    /// The text tower.
    case text = "r2t"
  }

  /// The tokens `[K, W]` of every representation layer, projected into a tower.
  public func projectedTokens(_ modality: Modality) -> [Int: Matrix] {
    var result: [Int: Matrix] = [:]
    for (index, layer) in settings.representationLayers.enumerated() {
      let names = ProjectionNames(geometry.method, modality, index)
      var projected = Matrix.product(space, .plain, self[names.weight], .transposed)
      if let a = names.a, let b = names.b {
        projected.addProduct(
          Matrix.product(space, .plain, self[b], .transposed), .plain, self[a], .transposed)
      }
      for token in 0..<space.rows { projected.blend(self[names.bias], keeping: 1, fromRow: token) }
      result[layer] = projected
    }
    return result
  }

  /// Adds to `gradients` what gradients of the projected tokens mean for the trainable tensors.
  package func addTokenGradients(
    _ dTokens: [Int: Matrix], _ modality: Modality, to gradients: inout Tensors
  ) {
    for (index, layer) in settings.representationLayers.enumerated() {
      guard let dy = dTokens[layer] else { preconditionFailure("no gradient of layer \(layer)") }
      let names = ProjectionNames(geometry.method, modality, index)
      gradients[names.bias].add(dy.columnSums)
      gradients[names.weight].addProduct(dy, .transposed, space)
      gradients[Self.spaceName].addProduct(dy, .plain, self[names.weight])
      if let a = names.a, let b = names.b {
        let inner = Matrix.product(space, .plain, self[b], .transposed)
        let dInner = Matrix.product(dy, .plain, self[a])
        gradients[a].addProduct(dy, .transposed, inner)
        gradients[b].addProduct(dInner, .transposed, space)
        gradients[Self.spaceName].addProduct(dInner, .plain, self[b])
      }
    }
  }

  /// The representation projection `[Wv, E]`: MMRL's own, MMRL++'s residual folded into the frozen one.
  public func representationHead(frozen projection: Matrix) -> Matrix {
    guard geometry.method == .mmrlPlusPlus else { return self["image_encoder.proj_rep"] }
    var head = projection
    head.addProduct(self["image_encoder.A"], .plain, self["image_encoder.B"])
    return head
  }

  /// Adds to `gradients` what the gradient `[Wv, E]` of the representation projection means.
  package func addHeadGradient(_ dHead: Matrix, to gradients: inout Tensors) {
    guard geometry.method == .mmrlPlusPlus else {
      gradients["image_encoder.proj_rep"].add(dHead)
      return
    }
    gradients["image_encoder.A"].addProduct(dHead, .plain, self["image_encoder.B"], .transposed)
    gradients["image_encoder.B"].addProduct(self["image_encoder.A"], .transposed, dHead)
  }

  /// A zero for every trainable tensor.
  package var zeros: Tensors { tensors.map { Matrix(rows: $0.rows, columns: $0.columns) } }

  /// The tokens of a tower in the form that its blocks take.
  package func stackTokens(_ modality: Modality) -> BlockStack.Tokens {
    BlockStack.Tokens(
      byLayer: projectedTokens(modality),
      beta: geometry.method == .mmrlPlusPlus ? settings.beta : 1)
  }

  private static let spaceName = "representation_learner.compound_rep_tokens"
  private var space: Matrix { self[Self.spaceName] }

  private subscript(name: String) -> Matrix { tensors[name] }

  /// The published names of one layer's projection.
  private struct ProjectionNames {
    let weight: String
    let bias: String
    let a: String?
    let b: String?

    init(_ method: AdapterMethod, _ modality: Modality, _ index: Int) {
      if method == .mmrlPlusPlus {
        let base = "representation_learner.srra_\(modality.rawValue)proj"
        weight = "\(base).weight"
        bias = "\(base).srra.\(index).bias"
        a = "\(base).srra.\(index).A"
        b = "\(base).srra.\(index).B"
      } else {
        let base = "representation_learner.compound_rep_tokens_\(modality.rawValue)proj.\(index)"
        weight = "\(base).weight"
        bias = "\(base).bias"
        a = nil
        b = nil
      }
    }
  }
}
