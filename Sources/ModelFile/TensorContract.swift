/// The element types of a model file.
public enum DataType: String, Sendable, CaseIterable {
  /// Signed bytes in -127...127.
  case int8 = "i8"
  /// IEEE 754 single precision, little-endian.
  case float32 = "f32"
  /// Signed words in two's complement, little-endian.
  case int32 = "i32"

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .int8: 1
    case .float32, .int32: 4
    }
  }
}

/// Name, type and shape of a tensor that a manifest asks for.
public struct TensorDescription: Sendable, Equatable {
  /// The tensor's name in the directory.
  public var name: String
  /// Its element type.
  public var dataType: DataType
  /// Its sizes, outermost first.
  public var shape: [Int]
  /// Whether a file without it is refused.
  public var isRequired: Bool
}

extension Manifest {
  /// Every tensor of a model with this manifest, in the order of the file.
  ///
  /// Exporter and engine both follow this one list; FORMAT.md says what each tensor means.
  /// `W` width, `E` joint size, `K` tokens of a layer, `C` labels of a set.
  public var tensors: [TensorDescription] {
    var list: [TensorDescription] = []
    func add(_ name: String, _ type: DataType, _ shape: Int..., required: Bool = true) {
      list.append(
        TensorDescription(name: name, dataType: type, shape: shape, isRequired: required))
    }
    func addLinear(_ name: String, outputs: Int, inputs: Int) {
      add(name + ".weight", .int8, outputs, inputs)
      add(name + ".scale", .float32, outputs)
      add(name + ".bias", .float32, outputs)
    }
    func addNorm(_ name: String) {
      add(name + ".gain", .float32, geometry.width)
      add(name + ".bias", .float32, geometry.width)
    }
    let width = geometry.width
    let embedDim = geometry.embedDim
    addLinear(
      "visual.patch", outputs: width, inputs: geometry.patchSize * geometry.patchSize * 3)
    add("visual.position", .float32, 1 + geometry.patches, width)
    if inputNorm ?? true { addNorm("visual.ln_pre") }
    for block in 0..<geometry.layers {
      let prefix = "visual.blocks.\(block)"
      addNorm(prefix + ".ln_1")
      addLinear(prefix + ".qkv", outputs: 3 * width, inputs: width)
      addLinear(prefix + ".out", outputs: width, inputs: width)
      addNorm(prefix + ".ln_2")
      addLinear(prefix + ".fc1", outputs: geometry.mlpWidth, inputs: width)
      addLinear(prefix + ".fc2", outputs: width, inputs: geometry.mlpWidth)
    }
    addNorm("visual.ln_post")
    for layer in representationLayers {
      add("visual.tokens.\(layer)", .float32, geometry.tokenCount, width)
    }
    add("visual.head.class", .float32, width, embedDim)
    if method != .clip {
      add("visual.head.representation", .float32, width, embedDim)
    }
    for layer in representationLayers {
      add("text.tokens.\(layer)", .float32, geometry.tokenCount, geometry.textWidth)
    }
    for set in labelSets {
      add("labels.\(set.kind.rawValue).features", .float32, set.labels.count, embedDim)
      guard set.kind == .known else { continue }
      let inputs = method == .clip ? embedDim : 2 * embedDim
      add(
        "labels.known.discriminant.weight", .float32, set.labels.count, inputs, required: false)
      add("labels.known.discriminant.bias", .float32, set.labels.count, required: false)
      if statistics != nil {
        add("labels.known.means", .float32, set.labels.count, inputs)
        add("statistics.factor", .float32, inputs * (inputs + 1) / 2)
      }
    }
    if let words {
      add("words.weight", .int8, words.count, embedDim)
      add("words.scale", .float32, words.count)
    }
    return list + textTensors
  }
}
