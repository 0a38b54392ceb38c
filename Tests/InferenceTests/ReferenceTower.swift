import ModelFile
import TestSupport

/// The image tower as the manifest describes it, in plain double arithmetic on dequantised weights:
/// rows in the paper's order, every row through every block, no shortcut.
struct ReferenceTower {
  let manifest: Manifest
  private var tensors: [String: [Double]] = [:]

  init(_ model: ModelReader) throws {
    manifest = model.manifest
    for tensor in manifest.tensors where tensor.name.hasPrefix("visual.") {
      tensors[tensor.name] =
        tensor.dataType == .int8
        ? try model.int8s(tensor.name).map(Double.init)
        : try model.floats(tensor.name).map(Double.init)
    }
  }

  /// Class and representation features of an RGB crop, unit length.
  func encode(_ pixels: [UInt8]) -> (class: [Double], representation: [Double]?) {
    let geometry = manifest.geometry
    let side = geometry.patchSize
    var rows: [[Double]] = [Array(self["visual.position"][0..<geometry.width])]
    for patch in 0..<geometry.patches {
      let (row, column) = patch.quotientAndRemainder(dividingBy: geometry.grid)
      var bytes: [Double] = []
      for y in 0..<side {
        for x in 0..<side {
          for channel in 0..<3 {
            let at = ((row * side + y) * geometry.imageSize + column * side + x) * 3 + channel
            bytes.append(Double(pixels[at]))
          }
        }
      }
      let start = (1 + patch) * geometry.width
      let position = self["visual.position"][start..<start + geometry.width]
      rows.append(zip(linear("visual.patch", bytes), position).map { $0 + $1 })
    }
    if manifest.inputNorm ?? true { rows = rows.map { norm("visual.ln_pre", $0) } }
    for layer in 1...geometry.layers {
      rows = block(layer - 1, insertTokens(layer, rows))
    }
    let count = manifest.representationLayers.isEmpty ? 0 : geometry.tokenCount
    func normed(_ row: [Double]) -> [Double] { norm("visual.ln_post", row) }
    let pooled =
      switch manifest.pooling {
      case nil: normed(rows[0])
      case .patches: normed(mean(rows[(1 + count)...]))
      case .normalizedPatches: mean(rows[(1 + count)...].map(normed)[...])
      }
    let classFeature = project("visual.head.class", pooled)
    guard count > 0 else { return (classFeature, nil) }
    let tokens = mean(rows[1...count].map(normed)[...])
    return (classFeature, project("visual.head.representation", tokens))
  }

  private func mean(_ rows: ArraySlice<[Double]>) -> [Double] {
    var mean = [Double](repeating: 0, count: manifest.geometry.width)
    for row in rows {
      for (index, value) in row.enumerated() { mean[index] += value / Double(rows.count) }
    }
    return mean
  }

  private subscript(name: String) -> [Double] {
    guard let values = tensors[name] else { fatalError("no tensor \(name)") }
    return values
  }

  private func insertTokens(_ layer: Int, _ rows: [[Double]]) -> [[Double]] {
    guard let index = manifest.representationLayers.firstIndex(of: layer) else { return rows }
    let values = self["visual.tokens.\(layer)"]
    let width = manifest.geometry.width
    let count = manifest.geometry.tokenCount
    let tokens = (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
    if index == 0 { return [rows[0]] + tokens + rows[1...] }
    let beta = manifest.method == .mmrl ? 1 : Double(manifest.beta)
    var rows = rows
    for (token, row) in zip(tokens, 1...count) {
      rows[row] = zip(token, rows[row]).map { beta * $0 + (1 - beta) * $1 }
    }
    return rows
  }

  private func block(_ index: Int, _ rows: [[Double]]) -> [[Double]] {
    let prefix = "visual.blocks.\(index)."
    let width = manifest.geometry.width
    let heads = manifest.geometry.heads
    let size = width / heads
    let qkv = rows.map { linear(prefix + "qkv", norm(prefix + "ln_1", $0)) }
    return rows.indices.map { row in
      var attended: [Double] = []
      for head in 0..<heads {
        let query = qkv[row][head * size..<(head + 1) * size]
        let scores = qkv.map { other in
          let key = other[width + head * size..<width + (head + 1) * size]
          return zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } / Double(size).squareRoot()
        }
        let top = scores.max() ?? 0
        let weights = scores.map { exponential($0 - top) }
        let total = weights.reduce(0, +)
        var sum = [Double](repeating: 0, count: size)
        for (weight, other) in zip(weights, qkv) {
          for channel in 0..<size {
            sum[channel] += weight / total * other[2 * width + head * size + channel]
          }
        }
        attended += sum
      }
      let stream = zip(rows[row], linear(prefix + "out", attended)).map { $0 + $1 }
      let hidden = linear(prefix + "fc1", norm(prefix + "ln_2", stream)).map(activate)
      return zip(stream, linear(prefix + "fc2", hidden)).map { $0 + $1 }
    }
  }

  private func activate(_ x: Double) -> Double {
    switch manifest.activation {
    case .quickGELU: x / (1 + exponential(-1.702 * x))
    case .gelu: 0.5 * x * errorFunctionComplement(-x / 2.0.squareRoot())
    // tanh by the sigmoid of twice its argument.
    case .tanhGELU:
      x / (1 + exponential(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }

  private func linear(_ name: String, _ x: [Double]) -> [Double] {
    let weights = self[name + ".weight"]
    let scales = self[name + ".scale"]
    let bias = self[name + ".bias"]
    return scales.indices.map { output in
      var sum = 0.0
      for index in x.indices { sum += weights[output * x.count + index] * x[index] }
      return sum * scales[output] + bias[output]
    }
  }

  private func norm(_ name: String, _ x: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    let scale = 1 / (variance + Double(manifest.epsilon ?? 1e-5)).squareRoot()
    let gain = self[name + ".gain"]
    let bias = self[name + ".bias"]
    return x.indices.map { (x[$0] - mean) * scale * gain[$0] + bias[$0] }
  }

  private func project(_ name: String, _ x: [Double]) -> [Double] {
    let count = manifest.geometry.embedDim
    let matrix = self[name]
    let values = (0..<count).map { column in
      x.indices.reduce(0) { $0 + x[$1] * matrix[$1 * count + column] }
    }
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / length }
  }
}
