/// How an adapter is used; the published files do not say, ours do.
public struct AdapterSettings: Sendable, Equatable {
  /// Blocks, counted from 1, at whose input tokens enter, J; ascending.
  public var representationLayers: [Int]
  /// Weight of the class logits in the fusion.
  public var alpha: Float
  /// MMRL++: share of new tokens at every later representation layer; 1 for MMRL.
  public var beta: Float
  /// The prompt that it was trained with, `{}` stands for the label.
  public var template: String?

  /// Puts settings together.
  public init(representationLayers: [Int], alpha: Float, beta: Float, template: String? = nil) {
    self.representationLayers = representationLayers
    self.alpha = alpha
    self.beta = beta
    self.template = template
  }
}

/// The trained tensors of an MMRL or MMRL++ adapter under their published names.
public struct AdapterTensors: Sendable, Equatable {
  /// The method and all sizes.
  public let geometry: AdapterGeometry
  /// Layers, alpha, beta and template, when the file says them.
  public var settings: AdapterSettings?
  /// Other texts to keep with the adapter (recipe, seed, scores); not interpreted.
  public var notes: [String: String]
  /// The class embedding of the CLIP that it was trained on, by which the wrong one is noticed.
  public var classEmbedding: [Float]?
  private let values: [String: [Float]]

  /// Puts an adapter together.
  ///
  /// - Parameters:
  ///   - geometry: the method and all sizes.
  ///   - values: every tensor of `geometry.tensorShapes`, row-major.
  ///   - settings: how it is used.
  ///   - notes: other texts to keep with it.
  ///   - classEmbedding: the CLIP's `visual.class_embedding`.
  /// - Precondition: `values` has exactly these tensors, in these sizes.
  public init(
    geometry: AdapterGeometry, values: [String: [Float]], settings: AdapterSettings?,
    notes: [String: String] = [:], classEmbedding: [Float]? = nil
  ) {
    let shapes = geometry.tensorShapes
    precondition(
      shapes.count == values.count
        && shapes.allSatisfy { values[$0.name]?.count == $0.shape.reduce(1, *) },
      "the tensors are not those of the geometry")
    self.geometry = geometry
    self.values = values
    self.settings = settings
    self.notes = notes
    self.classEmbedding = classEmbedding
  }

  /// The values of a tensor, row-major.
  ///
  /// - Precondition: `name` is one of `geometry.tensorShapes`.
  public subscript(name: String) -> [Float] {
    guard let tensor = values[name] else { preconditionFailure("no adapter tensor \(name)") }
    return tensor
  }

  /// Checks that the adapter goes with a CLIP: widths, and the class embedding, in half precision, as far as both have it.
  ///
  /// - Throws: `CLIPError.adapter`, naming what differs.
  public func check(fits clip: CLIPCheckpoint, path: String) throws {
    for (what, own, other) in [
      ("the width of the image tower", geometry.visionWidth, clip.geometry.visionWidth),
      ("the width of the text tower", geometry.textWidth, clip.geometry.textWidth),
      ("the size of the joint space", geometry.embedDim, clip.geometry.embedDim),
    ] where own != other {
      throw CLIPError.adapter(
        path: path, what: "was trained where \(what) is \(own); \(clip.path) has \(other)")
    }
    guard let classEmbedding else { return }
    // In half precision: the same CLIP is about with its embeddings as halves and as floats.
    let own = classEmbedding.map { Float16($0) }
    guard own == (try clip.tensor("visual.class_embedding").map { Float16($0) }) else {
      throw CLIPError.adapter(
        path: path,
        what: "was trained on another CLIP than \(clip.path): their class embeddings differ")
    }
  }
}
