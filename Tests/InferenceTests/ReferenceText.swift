import ModelFile

/// The text tower as FORMAT.md describes it, in plain double arithmetic on dequantised weights.
struct ReferenceText {
  private let manifest: Manifest
  private let tower: Manifest.TextTower
  private var tensors: [String: [Double]] = [:]

  init(_ model: ModelReader) throws {
    manifest = model.manifest
    guard let text = manifest.text else { fatalError("a model without text tower") }
    tower = text
    for tensor in manifest.tensors
    where tensor.name.hasPrefix("text.") && model.entry(tensor.name) != nil {
      switch tensor.dataType {
      case .int8: tensors[tensor.name] = try model.int8s(tensor.name).map(Double.init)
      case .float32: tensors[tensor.name] = try model.floats(tensor.name).map(Double.init)
      case .int32: break
      }
    }
  }

  /// The unit feature of token ids, the end's the last.
  func encode(_ ids: [Int32]) -> [Double] {
    let width = manifest.geometry.textWidth
    let embedding = weight("embedding", columns: width)
    let position = self["position"]
    var rows: [[Double]] = ids.enumerated().map { place, id in
      (0..<width).map { embedding[Int(id) * width + $0] + position[place * width + $0] }
    }
    for layer in 1...tower.layers { rows = block(layer - 1, withTokens(layer, rows)) }
    let last = norm("ln_final", rows[rows.count - 1])
    let size = manifest.geometry.embedDim
    let raw = (0..<size).map { column in
      last.indices.reduce(0.0) { $0 + last[$1] * self["projection"][$1 * size + column] }
    }
    let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return raw.map { $0 / length }
  }

  private subscript(name: String) -> [Double] { tensors["text." + name] ?? [] }

  private func withTokens(_ layer: Int, _ rows: [[Double]]) -> [[Double]] {
    guard let index = manifest.representationLayers.firstIndex(of: layer) else { return rows }
    let (count, width) = (manifest.geometry.tokenCount, manifest.geometry.textWidth)
    let tokens = (0..<count).map { Array(self["tokens.\(layer)"][$0 * width..<($0 + 1) * width]) }
    if index == 0 { return [rows[0]] + tokens + rows[1...] }
    let beta = manifest.method == .mmrl ? 1 : Double(manifest.beta)
    var rows = rows
    for (token, row) in zip(tokens, 1...count) {
      rows[row] = zip(token, rows[row]).map { beta * $0 + (1 - beta) * $1 }
    }
    return rows
  }

  private func block(_ index: Int, _ rows: [[Double]]) -> [[Double]] {
    let prefix = "blocks.\(index)."
    let width = manifest.geometry.textWidth
    let size = width / tower.heads
    let qkv = rows.map { linear(prefix + "qkv", norm(prefix + "ln_1", $0)) }
    return rows.indices.map { row in
      var attended: [Double] = []
      for head in 0..<tower.heads {
        let query = qkv[row][head * size..<(head + 1) * size]
        // Causal: a row sees itself and those before it.
        let weights = qkv[...row].map { other -> Double in
          let key = other[width + head * size..<width + (head + 1) * size]
          let product: Double = zip(query, key).reduce(0) { $0 + $1.0 * $1.1 }
          return exponential(product / Double(size).squareRoot())
        }
        let total = weights.reduce(0, +)
        attended += (0..<size).map { channel -> Double in
          let value = 2 * width + head * size + channel
          return weights.indices.reduce(0.0) { $0 + weights[$1] / total * qkv[$1][value] }
        }
      }
      let stream = zip(rows[row], linear(prefix + "out", attended)).map { $0 + $1 }
      let hidden = linear(prefix + "fc1", norm(prefix + "ln_2", stream)).map(activate)
      return zip(stream, linear(prefix + "fc2", hidden)).map { $0 + $1 }
    }
  }

  private func activate(_ x: Double) -> Double {
    switch tower.activation {
    case .quickGELU: x / (1 + exponential(-1.702 * x))
    case .gelu: 0.5 * x * errorFunctionComplement(-x / 2.0.squareRoot())
    // tanh by the sigmoid of twice its argument.
    case .tanhGELU:
      x / (1 + exponential(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }

  private func linear(_ name: String, _ x: [Double]) -> [Double] {
    let weights = weight(name, columns: x.count)
    let bias = self[name + ".bias"]
    return bias.indices.map { output in
      x.indices.reduce(bias[output]) { $0 + weights[output * x.count + $1] * x[$1] }
    }
  }

  /// scale · weight, and what rounding left of it where the file has that.
  private func weight(_ name: String, columns: Int) -> [Double] {
    func scaled(_ name: String) -> [Double] {
      let scales = self[name + ".scale"]
      return self[name + ".weight"].enumerated().map { scales[$0 / columns] * $1 }
    }
    let left = scaled("residual." + name)
    return left.isEmpty ? scaled(name) : zip(scaled(name), left).map { $0 + $1 }
  }

  private func norm(_ name: String, _ x: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    let (gain, bias) = (self[name + ".gain"], self[name + ".bias"])
    let scale = 1 / (variance + Double(tower.epsilon ?? 1e-5)).squareRoot()
    return x.indices.map { (x[$0] - mean) * scale * gain[$0] + bias[$0] }
  }
}
