import Checkpoints
import FoundationEssentials

extension AdapterTensors {
  private static let kind = "mmrl adapter"
  private static let version = "1"

  /// Reads an adapter: `model.pth.tar-N` of the published trainers, or a file that `write(to:)` wrote.
  ///
  /// - Throws: `CheckpointError` when the file cannot be read, `CLIPError` when its tensors are not an adapter's.
  public init(path: String) throws {
    let file = try Checkpoint(path: path)
    let geometry = try Self.geometry(of: file)
    let prefix = try Self.prefix(in: file)
    var values: [String: [Float]] = [:]
    for (name, expected) in geometry.tensorShapes {
      guard let found = file.tensor(prefix + name)?.shape else {
        throw CLIPError.missing(path: path, tensor: prefix + name, expected: expected)
      }
      guard found == expected else {
        throw CLIPError.misshaped(
          path: path, tensor: prefix + name, expected: expected, found: found)
      }
      let tensor = try file.floats(prefix + name)
      guard tensor.allSatisfy(\.isFinite) else {
        throw CLIPError.adapter(
          path: path, what: "tensor “\(prefix + name)” has values that are not finite")
      }
      values[name] = tensor
    }
    let learner = "\(prefix)representation_learner."
    for tensor in file.tensors where tensor.name.hasPrefix(learner) {
      guard values[String(tensor.name.dropFirst(prefix.count))] != nil else {
        throw CLIPError.adapter(
          path: path,
          what:
            "has a tensor “\(tensor.name)” that does not go with its \(geometry.layerCount) layers")
      }
    }
    let embedding = "\(prefix)image_encoder.class_embedding"
    self.init(
      geometry: geometry, values: values,
      settings: try Self.settings(in: file, layerCount: geometry.layerCount),
      notes: file.metadata.filter { !Self.ownKeys.contains($0.key) },
      classEmbedding: file.tensor(embedding) == nil ? nil : try file.floats(embedding))
  }

  /// Writes the adapter as safetensors: the published names, settings and notes in the metadata.
  ///
  /// - Throws: `CheckpointError.system`; nothing is left behind then.
  public func write(to path: String) throws {
    var metadata = notes
    metadata["kind"] = Self.kind
    metadata["version"] = Self.version
    metadata["method"] = geometry.method.rawValue
    if let settings {
      metadata["layers"] = settings.representationLayers.map(String.init).joined(separator: ",")
      metadata["alpha"] = "\(settings.alpha)"
      metadata["beta"] = "\(settings.beta)"
      metadata["template"] = settings.template
    }
    var tensors = geometry.tensorShapes.map {
      NamedTensor($0.name, shape: $0.shape, values: self[$0.name])
    }
    if let classEmbedding {
      tensors.append(
        NamedTensor(
          "image_encoder.class_embedding", shape: [classEmbedding.count], values: classEmbedding))
    }
    try Checkpoint.write(tensors, metadata: metadata, to: path)
  }

  private static let ownKeys: Set<String> = [
    "kind", "version", "method", "layers", "alpha", "beta", "template",
  ]

  // MARK: Reading

  private static let tokens = "representation_learner.compound_rep_tokens"

  private static func prefix(in file: Checkpoint) throws -> String {
    let names = file.tensors.map(\.name).filter { $0 == tokens || $0.hasSuffix(".\(tokens)") }
    guard let name = names.min(by: { $0.count < $1.count }) else {
      throw CLIPError.adapter(
        path: file.path, what: "is not an MMRL or MMRL++ adapter: it has no tensor “\(tokens)”")
    }
    return String(name.dropLast(tokens.count))
  }

  /// The method and the sizes, from names and shapes.
  private static func geometry(of file: Checkpoint) throws -> AdapterGeometry {
    let prefix = try prefix(in: file)
    func matrix(_ name: String) throws -> (rows: Int, columns: Int) {
      guard let shape = file.tensor(prefix + name)?.shape else {
        throw CLIPError.missing(path: file.path, tensor: prefix + name, expected: [])
      }
      guard shape.count == 2, shape[0] > 0, shape[1] > 0 else {
        throw CLIPError.adapter(
          path: file.path, what: "tensor “\(prefix + name)” has shape \(shape), expected a matrix")
      }
      return (shape[0], shape[1])
    }
    let space = try matrix(tokens)
    let shared = "representation_learner.srra_r2"
    let isPlusPlus = file.tensor("\(prefix)\(shared)vproj.weight") != nil
    let own = "\(tokens)_r2"
    func layer(_ index: Int) -> String {
      isPlusPlus ? "\(shared)vproj.srra.\(index).A" : "\(own)vproj.\(index).weight"
    }
    var layerCount = 0
    while file.tensor(prefix + layer(layerCount)) != nil { layerCount += 1 }
    guard layerCount > 0 else {
      throw CLIPError.missing(path: file.path, tensor: prefix + layer(0), expected: [])
    }
    if isPlusPlus {
      return AdapterGeometry(
        method: .mmrlPlusPlus, layerCount: layerCount, tokenCount: space.rows,
        spaceWidth: space.columns, visionWidth: try matrix("\(shared)vproj.weight").rows,
        textWidth: try matrix("\(shared)tproj.weight").rows,
        embedDim: try matrix("image_encoder.B").columns, rank: try matrix(layer(0)).columns,
        projectionRank: try matrix("image_encoder.A").columns)
    }
    return AdapterGeometry(
      method: .mmrl, layerCount: layerCount, tokenCount: space.rows, spaceWidth: space.columns,
      visionWidth: try matrix(layer(0)).rows, textWidth: try matrix("\(own)tproj.0.weight").rows,
      embedDim: try matrix("image_encoder.proj_rep").columns)
  }

  /// The settings of a file of ours; nil for any other file.
  private static func settings(in file: Checkpoint, layerCount: Int) throws -> AdapterSettings? {
    let metadata = file.metadata
    guard metadata["kind"] == kind else { return nil }
    guard metadata["version"] == version else {
      throw CLIPError.adapter(
        path: file.path,
        what: "is of version \(metadata["version"] ?? "?"), this program reads version \(version)")
    }
    guard let text = metadata["layers"] else { return nil }
    let layers = text.split(separator: ",").compactMap { Int($0) }
    guard layers.count == layerCount, layers.allSatisfy({ $0 > 0 }),
      zip(layers, layers.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw CLIPError.adapter(
        path: file.path,
        what: "says layers “\(text)”, which are not \(layerCount) ascending numbers")
    }
    func share(_ key: String) throws -> Float {
      guard let text = metadata[key], let value = Float(text), (0...1).contains(value) else {
        throw CLIPError.adapter(
          path: file.path, what: "says \(key) “\(metadata[key] ?? "")”, which is not in 0...1")
      }
      return value
    }
    return AdapterSettings(
      representationLayers: layers, alpha: try share("alpha"), beta: try share("beta"),
      template: metadata["template"])
  }
}
