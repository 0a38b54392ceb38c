import CLIPModel
import CLIPTestSupport
import FloatMath
import Imaging
import ModelFile
import Quantization

/// An exported model's image tower as a float tower, made by FORMAT.md alone.
///
/// It takes raw bytes as pixels, since the model's patch weights do.
struct ExportedTower {
  let clip: FloatCLIP
  private let reader: ModelReader

  init(_ reader: ModelReader) throws {
    self.reader = reader
    let sizes = RandomCLIP.geometry
    clip = try FloatCLIP(
      geometry: sizes,
      arithmetic: CLIPArithmetic(reader.manifest.activation == .gelu ? .gelu : .quickGELU),
      tensor: { name in
        guard name.hasPrefix("visual."),
          let shape = sizes.tensorShapes.first(where: { $0.name == name })
        else {
          let count = sizes.tensorShapes.first { $0.name == name }?.shape.reduce(1, *) ?? 0
          return [Float](repeating: 0, count: count)
        }
        return try Self.tensor(name, count: shape.shape.reduce(1, *), reader)
      })
  }

  /// `[3, S, S]` of a crop, 0...255.
  static func planes(_ image: Image) -> [Float] {
    (0..<3).flatMap { channel in
      stride(from: channel, to: image.pixels.count, by: 3).map { Float(image.pixels[$0]) }
    }
  }

  /// An adapter whose projected tokens and head are those of the file.
  ///
  /// MMRL with d = K, the identity as space, and the tokens as projections; MMRL++'s blending comes from beta.
  func adapter() throws -> Adapter? {
    guard reader.manifest.method != .clip else { return nil }
    let manifest = reader.manifest
    let count = manifest.geometry.tokenCount
    let width = manifest.geometry.width
    let isPlusPlus = manifest.method == .mmrlPlusPlus
    let sizes = AdapterGeometry(
      method: isPlusPlus ? .mmrlPlusPlus : .mmrl, layerCount: manifest.representationLayers.count,
      tokenCount: count,
      spaceWidth: count, visionWidth: width, textWidth: manifest.geometry.textWidth,
      embedDim: manifest.geometry.embedDim, rank: isPlusPlus ? count : 0,
      projectionRank: isPlusPlus ? width : 0)
    let identity = (0..<count * count).map { Float($0 / count == $0 % count ? 1 : 0) }
    var values: [String: [Float]] = [:]
    for (name, shape) in sizes.tensorShapes {
      values[name] = [Float](repeating: 0, count: shape.reduce(1, *))
    }
    values["representation_learner.compound_rep_tokens"] = identity
    for (index, layer) in manifest.representationLayers.enumerated() {
      let tokens = try reader.floats("visual.tokens.\(layer)")
      let transposed = (0..<width * count).map { tokens[$0 % count * width + $0 / count] }
      if isPlusPlus {
        values["representation_learner.srra_r2vproj.srra.\(index).A"] = transposed
        values["representation_learner.srra_r2vproj.srra.\(index).B"] = identity
      } else {
        values["representation_learner.compound_rep_tokens_r2vproj.\(index).weight"] = transposed
      }
    }
    let head = try reader.floats("visual.head.representation")
    if isPlusPlus {
      // The float tower adds its own projection to A B.
      let projection = try reader.floats("visual.head.class")
      values["image_encoder.A"] = (0..<width * width).map { $0 / width == $0 % width ? 1 : 0 }
      values["image_encoder.B"] = zip(head, projection).map { $0 - $1 }
    } else {
      values["image_encoder.proj_rep"] = head
    }
    let settings = AdapterSettings(
      representationLayers: manifest.representationLayers, alpha: manifest.alpha,
      beta: manifest.beta)
    return Adapter(
      AdapterTensors(geometry: sizes, values: values, settings: settings), settings: settings)
  }

  private static func tensor(_ name: String, count: Int, _ reader: ModelReader) throws -> [Float] {
    switch name {
    case "visual.conv1.weight":
      let weight = try weight("visual.patch", reader)
      let outputs = reader.manifest.geometry.width
      let pixels = weight.count / outputs / 3
      return (0..<weight.count).map { index in
        let (output, channel, pixel) = (
          index / (3 * pixels), index / pixels % 3, index % pixels
        )
        return weight[(output * pixels + pixel) * 3 + channel]
      }
    case "visual.class_embedding": return [Float](repeating: 0, count: count)
    case "visual.positional_embedding":
      var positions = try reader.floats("visual.position")
      let bias = try reader.floats("visual.patch.bias")
      for index in bias.count..<positions.count { positions[index] += bias[index % bias.count] }
      return positions
    case "visual.proj": return try reader.floats("visual.head.class")
    default: break
    }
    var parts = name.split(separator: ".").map(String.init)
    guard parts[1] == "transformer" else {
      return try reader.floats("visual.\(parts[1])." + (parts[2] == "weight" ? "gain" : "bias"))
    }
    parts.removeFirst(3)
    let block = "visual.blocks.\(parts[0])."
    switch parts.dropFirst().joined(separator: ".") {
    case "ln_1.weight": return try reader.floats(block + "ln_1.gain")
    case "ln_1.bias": return try reader.floats(block + "ln_1.bias")
    case "ln_2.weight": return try reader.floats(block + "ln_2.gain")
    case "ln_2.bias": return try reader.floats(block + "ln_2.bias")
    case "attn.in_proj_weight": return try weight(block + "qkv", reader)
    case "attn.in_proj_bias": return try reader.floats(block + "qkv.bias")
    case "attn.out_proj.weight": return try weight(block + "out", reader)
    case "attn.out_proj.bias": return try reader.floats(block + "out.bias")
    case "mlp.c_fc.weight": return try weight(block + "fc1", reader)
    case "mlp.c_fc.bias": return try reader.floats(block + "fc1.bias")
    case "mlp.c_proj.weight": return try weight(block + "fc2", reader)
    default: return try reader.floats(block + "fc2.bias")
    }
  }

  private static func weight(_ name: String, _ reader: ModelReader) throws -> [Float] {
    let scale = try reader.floats(name + ".scale")
    let weight = try reader.int8s(name + ".weight")
    let inputs = weight.count / scale.count
    return weight.indices.map { scale[$0 / inputs] * Float(weight[$0]) }
  }
}
