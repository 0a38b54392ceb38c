import ModelFile

/// Where each of some tensors of a model goes in memory.
struct LoadPlan: Sendable {
  /// A linear layer's place: element offsets into the packed bytes, the sums, the floats.
  struct Linear: Sendable {
    let outputs: Int
    let inputs: Int
    let weights: Int
    let sums: Int
    let scales: Int
    let bias: Int
  }

  /// One tensor to read, and the linear layers or the vector it becomes.
  enum Job: Sendable {
    /// Rows of an int8 matrix: `rows` of it, from row `first`, for each layer.
    case matrix(tensor: String, parts: [(layer: Linear, first: Int)])
    /// Floats copied as they are to consecutive places: `(offset, count)` each.
    case floats(tensor: String, parts: [(offset: Int, count: Int)])
  }

  private(set) var linears: [String: Linear] = [:]
  private(set) var vectors: [String: Int] = [:]
  private(set) var jobs: [Job] = []
  private(set) var packedCount = 0
  private(set) var sumCount = 0
  private(set) var floatCount = 0
  /// Bytes of the largest tensor.
  private(set) var largestTensor = 0

  private let kernels: Kernels

  init(_ tensors: [TensorDescription], kernels: Kernels) {
    self.kernels = kernels
    let names = Set(tensors.map(\.name))
    for tensor in tensors {
      let count = tensor.shape.reduce(1, *)
      guard tensor.dataType == .int8 else {
        let isOfLinear =
          tensor.name.hasSuffix(".scale")
          || (tensor.name.hasSuffix(".bias") && !tensor.name.contains(".ln_"))
        if !isOfLinear {
          vectors[tensor.name] = floatCount
          jobs.append(.floats(tensor: tensor.name, parts: [(floatCount, count)]))
          floatCount += count.roundedUp(to: 16)
          largestTensor = max(largestTensor, 4 * count)
        }
        continue
      }
      largestTensor = max(largestTensor, count)
      let layer = String(tensor.name.dropLast(".weight".count))
      let inputs = tensor.shape[1]
      let hasBias = names.contains(layer + ".bias")
      if layer.hasSuffix(".qkv") {
        let prefix = String(layer.dropLast("qkv".count))
        addLinears(
          of: layer, inputs: inputs, hasBias: hasBias,
          [(prefix + "query", inputs), (prefix + "keyValue", 2 * inputs)])
      } else {
        addLinears(of: layer, inputs: inputs, hasBias: hasBias, [(layer, tensor.shape[0])])
      }
    }
  }

  /// Lays out linear layers that share one matrix, one scale and one bias in the file; without a bias it stays zero.
  private mutating func addLinears(
    of tensor: String, inputs: Int, hasBias: Bool, _ parts: [(name: String, outputs: Int)]
  ) {
    var matrices: [(layer: Linear, first: Int)] = []
    var scales: [(offset: Int, count: Int)] = []
    var biases: [(offset: Int, count: Int)] = []
    var first = 0
    for part in parts {
      let padded = kernels.padded(part.outputs)
      let layer = Linear(
        outputs: part.outputs, inputs: inputs, weights: packedCount, sums: sumCount,
        scales: floatCount, bias: floatCount + padded.roundedUp(to: 16))
      linears[part.name] = layer
      packedCount +=
        kernels.packedSize(outputs: part.outputs, inputs: inputs).roundedUp(to: 64)
      sumCount += padded.roundedUp(to: 16)
      floatCount += 2 * padded.roundedUp(to: 16)
      matrices.append((layer, first))
      scales.append((layer.scales, part.outputs))
      biases.append((layer.bias, part.outputs))
      first += part.outputs
    }
    jobs.append(.matrix(tensor: tensor + ".weight", parts: matrices))
    jobs.append(.floats(tensor: tensor + ".scale", parts: scales))
    if hasBias { jobs.append(.floats(tensor: tensor + ".bias", parts: biases)) }
  }
}
