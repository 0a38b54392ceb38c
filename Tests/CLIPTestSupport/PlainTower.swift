package import CLIPModel
internal import Checkpoints
internal import FloatMath
import Glibc

/// Both towers and the loss in double precision and plain loops, with none of the shortcuts.
///
/// Every row of every sequence goes through every block, padding and all: what the fast encoders are tested against where
/// no published figures exist.
package struct PlainCLIP {
  package typealias Rows = [[Double]]

  package let geometry: CLIPGeometry
  private let arithmetic: CLIPArithmetic
  private let tensors: [String: [Double]]

  package init(_ clip: CLIPCheckpoint) throws {
    geometry = clip.geometry
    arithmetic = clip.arithmetic
    var tensors: [String: [Double]] = [:]
    for (name, _) in clip.geometry.tensorShapes {
      tensors[name] = try clip.tensor(name).map(Double.init)
    }
    self.tensors = tensors
  }

  package struct Features {
    package var classFeature: [Double]
    package var representation: [Double]?
  }

  /// Raw features of one image `[3, S, S]`.
  package func image(_ pixels: [Float], _ adapter: Adapter?) -> Features {
    let g = geometry
    let (size, patch, width) = (g.imageSize, g.patchSize, g.visionWidth)
    let weight = tensor("visual.conv1.weight")
    let position = tensor("visual.positional_embedding")
    var rows: Rows = [tensor("visual.class_embedding")]
    for index in 0..<g.patches {
      let (top, left) = (index / g.grid * patch, index % g.grid * patch)
      rows.append(
        (0..<width).map { output in
          var sum = 0.0
          var at = output * 3 * patch * patch
          for channel in 0..<3 {
            for y in 0..<patch {
              for x in 0..<patch {
                sum += weight[at] * Double(pixels[(channel * size + top + y) * size + left + x])
                at += 1
              }
            }
          }
          return sum
        })
    }
    for row in rows.indices {
      for column in 0..<width { rows[row][column] += position[row * width + column] }
    }
    if g.hasInputNorm { rows = norm("visual.ln_pre", rows) }
    rows = blocks(
      "visual.", g.visionLayers, heads: g.visionHeads, rows, adapter, .vision, causal: false)
    let normed = norm("visual.ln_post", rows)
    let projection = tensor("visual.proj")
    let tokens = adapter?.geometry.tokenCount ?? 0
    let pooled: [Double] =
      switch arithmetic.pooling {
      case .classRow: normed[0]
      case .normalizedPatches: mean(normed[(1 + tokens)...])
      case .patches: norm("visual.ln_post", [mean(rows[(1 + tokens)...])])[0]
      }
    let classFeature = product(pooled, projection)
    guard let adapter else { return Features(classFeature: classFeature) }
    let count = adapter.geometry.tokenCount
    let mean = mean(normed[1...count])
    func values(_ name: String) -> [Double] {
      adapter.tensors[name].elements.map(Double.init)
    }
    let representation: [Double]
    if adapter.geometry.method == .mmrlPlusPlus {
      let inner = product(mean, values("image_encoder.A"))
      representation = zip(
        product(mean, projection), product(inner, values("image_encoder.B"))
      ).map { $0 + $1 }
    } else {
      representation = product(mean, values("image_encoder.proj_rep"))
    }
    return Features(classFeature: classFeature, representation: representation)
  }

  /// The raw feature of one text of `contextLength` ids.
  package func text(_ ids: [Int32], _ adapter: Adapter?) -> [Double] {
    let width = geometry.textWidth
    let embedding = tensor("token_embedding.weight")
    let position = tensor("positional_embedding")
    var rows = ids.indices.map { place in
      (0..<width).map { embedding[Int(ids[place]) * width + $0] + position[place * width + $0] }
    }
    rows = blocks(
      "", geometry.textLayers, heads: geometry.textHeads, rows, adapter, .text, causal: true)
    let normed = norm("ln_final", rows)
    let end = ids.firstIndex(of: ids.max() ?? 0) ?? 0
    return product(
      normed[end + (adapter?.geometry.tokenCount ?? 0)], tensor("text_projection"))
  }

  /// The published loss of a batch.
  package func loss(
    _ images: [[Float]], labels: [Int], prompts: [[Int32]], _ adapter: Adapter, lambda: Double
  ) -> Double {
    let alpha = Double(adapter.settings.alpha)
    let texts = prompts.map { unit(text($0, adapter)) }
    let frozenTexts = prompts.map { unit(text($0, nil)) }
    var total = 0.0
    for (pixels, label) in zip(images, labels) {
      let features = image(pixels, adapter)
      let byClass = unit(features.classFeature)
      let byTokens = unit(features.representation ?? [])
      let frozen = unit(image(pixels, nil).classFeature)
      for (feature, weight) in [(byClass, alpha), (byTokens, 1 - alpha)] {
        let logits = texts.map { 100 * dot($0, feature) }
        let top = logits.max() ?? 0
        total += weight * (log(logits.reduce(0) { $0 + exp($1 - top) }) + top - logits[label])
      }
      total += lambda * (1 - dot(byClass, frozen))
    }
    total /= Double(images.count)
    let distance = zip(texts, frozenTexts).reduce(0) { $0 + 1 - dot($1.0, $1.1) }
    return total + lambda * distance / Double(prompts.count)
  }

  package func unit(_ x: [Double]) -> [Double] {
    let length = dot(x, x).squareRoot()
    return x.map { $0 / length }
  }

  // MARK: Blocks

  private func blocks(
    _ prefix: String, _ count: Int, heads: Int, _ input: Rows, _ adapter: Adapter?,
    _ modality: Adapter.Modality, causal: Bool
  ) -> Rows {
    var rows = input
    let layers = adapter?.settings.representationLayers ?? []
    let tokens = adapter?.projectedTokens(modality) ?? [:]
    let beta = adapter?.geometry.method == .mmrlPlusPlus ? Double(adapter?.settings.beta ?? 1) : 1
    for layer in 1...count {
      if let new = tokens[layer] {
        for token in 0..<new.rows {
          let row = (0..<new.columns).map { Double(new[token, $0]) }
          if layer == layers.first {
            rows.insert(row, at: 1 + token)
          } else {
            rows[1 + token] = zip(row, rows[1 + token]).map { beta * $0 + (1 - beta) * $1 }
          }
        }
      }
      let name = "\(prefix)transformer.resblocks.\(layer - 1)"
      let qkv = linear("\(name).attn.in_proj_", norm("\(name).ln_1", rows))
      let context = attention(qkv, heads: heads, causal: causal)
      rows = sum(rows, linear("\(name).attn.out_proj.", context))
      var hidden = linear("\(name).mlp.c_fc.", norm("\(name).ln_2", rows))
      for row in hidden.indices {
        hidden[row] = hidden[row].map { activate($0, modality) }
      }
      rows = sum(rows, linear("\(name).mlp.c_proj.", hidden))
    }
    return rows
  }

  private func activate(_ x: Double, _ modality: Adapter.Modality) -> Double {
    switch modality == .vision ? arithmetic.imageActivation : arithmetic.textActivation {
    case .quickGELU: return x / (1 + exp(-1.702 * x))
    case .gelu: return 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .tanhGELU:
      let slope = (2 / Double.pi).squareRoot()
      return 0.5 * x * (1 + tanh(slope * (x + 0.044715 * x * x * x)))
    }
  }

  private func mean(_ rows: ArraySlice<[Double]>) -> [Double] {
    let first = rows.first ?? []
    return first.indices.map { column in
      rows.reduce(0) { $0 + $1[column] } / Double(rows.count)
    }
  }

  private func attention(_ qkv: Rows, heads: Int, causal: Bool) -> Rows {
    let width = qkv[0].count / 3
    let depth = width / heads
    var result = Rows(repeating: [Double](repeating: 0, count: width), count: qkv.count)
    for head in 0..<heads {
      for i in qkv.indices {
        let keys = causal ? 0...i : 0...qkv.count - 1
        let scores = keys.map { (j: Int) -> Double in
          var sum = 0.0
          for column in head * depth..<(head + 1) * depth {
            sum += qkv[i][column] * qkv[j][width + column]
          }
          return sum / Double(depth).squareRoot()
        }
        let top: Double = scores.max() ?? 0
        let weights = scores.map { (score: Double) -> Double in exp(score - top) }
        let total: Double = weights.reduce(0, +)
        for (j, weight) in zip(keys, weights) {
          let share: Double = weight / total
          for column in head * depth..<(head + 1) * depth {
            result[i][column] += share * qkv[j][2 * width + column]
          }
        }
      }
    }
    return result
  }

  private func norm(_ name: String, _ rows: Rows) -> Rows {
    let gain = tensor("\(name).weight")
    let bias = tensor("\(name).bias")
    let epsilon = Double(
      name.hasPrefix("visual.") ? arithmetic.imageEpsilon : arithmetic.textEpsilon)
    return rows.map { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      let scale = 1 / (variance + epsilon).squareRoot()
      return row.indices.map { (row[$0] - mean) * scale * gain[$0] + bias[$0] }
    }
  }

  private func linear(_ name: String, _ rows: Rows) -> Rows {
    let weight = tensor("\(name)weight")
    let bias = tensor("\(name)bias")
    return rows.map { row in
      bias.indices.map { output in
        var sum = bias[output]
        for input in row.indices { sum += row[input] * weight[output * row.count + input] }
        return sum
      }
    }
  }

  private func sum(_ a: Rows, _ b: Rows) -> Rows {
    zip(a, b).map { zip($0, $1).map { $0 + $1 } }
  }

  /// `x W` for `W` of `x.count` rows.
  private func product(_ x: [Double], _ matrix: [Double]) -> [Double] {
    let columns = matrix.count / x.count
    return (0..<columns).map { column in
      x.indices.reduce(0) { $0 + x[$1] * matrix[$1 * columns + column] }
    }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func tensor(_ name: String) -> [Double] { tensors[name] ?? [] }
}
