package import CLIPModel
package import Checkpoints
package import FloatMath
import FoundationEssentials
import TestSupport

/// The published code's numbers on a small random CLIP: 32 px, patch 8, 4 + 4 layers, widths 128 and 64, J = 2, 3, 4.
package struct MicroFixture {
  package let file: Checkpoint
  package let meta: Meta

  package struct Meta: Decodable {
    package let trainer: String
    package let alpha: Float
    package let beta: Float?
    package let rep_tokens_layers_1_indexed: [Int]
    package let reg_weight: Double?
    package let lrs: [Double]?
  }

  package init(_ name: String) throws {
    file = try Checkpoint(path: Self.path("micro-\(name).safetensors"))
    let json = file.metadata["meta"] ?? ""
    meta = try JSONDecoder().decode(Meta.self, from: Data(json.utf8))
  }

  /// The CLIP that all figures were made with.
  package static func clip(threads: Int = 2) throws -> FloatCLIP {
    try FloatCLIP(
      checkpoint: CLIPCheckpoint(path: path("micro-clip.pt")), workers: Workers(count: threads))
  }

  package static func path(_ name: String) -> String {
    let here = #filePath.split(separator: "/").dropLast(1).joined(separator: "/")
    return "/\(here)/Fixtures/\(name)"
  }

  /// The shape of a tensor of the file.
  ///
  /// - Throws: when there is none of this name.
  package func shape(_ name: String) throws -> [Int] {
    guard let tensor = file.tensor(name) else {
      throw CheckpointError.missing(path: file.path, tensor: name)
    }
    return tensor.shape
  }

  package func matrix(_ name: String) throws -> Matrix {
    let shape = try shape(name)
    let columns = shape.last ?? 1
    let values = try file.floats(name)
    return Matrix(rows: values.count / max(columns, 1), columns: columns, values)
  }

  /// Prompts, one a row, padded with zeros.
  package func tokens() throws -> [[Int32]] {
    let shape = try shape("tokens")
    let ids = try file.floats("tokens").map { Int32($0) }
    return (0..<shape[0]).map { Array(ids[$0 * shape[1]..<($0 + 1) * shape[1]]) }
  }

  /// The adapter whose tensors have this prefix in the file.
  package func adapter(_ prefix: String) throws -> Adapter {
    let isPlusPlus = meta.trainer == "MMRLpp"
    let learner = "\(prefix)representation_learner."
    let space = try shape("\(learner)compound_rep_tokens")
    let geometry = AdapterGeometry(
      method: isPlusPlus ? .mmrlPlusPlus : .mmrl,
      layerCount: meta.rep_tokens_layers_1_indexed.count, tokenCount: space[0],
      spaceWidth: space[1], visionWidth: 128, textWidth: 64, embedDim: 48,
      rank: isPlusPlus ? try shape("\(learner)srra_r2vproj.srra.0.A")[1] : 0,
      projectionRank: isPlusPlus ? try shape("\(prefix)image_encoder.A")[1] : 0)
    var values: [String: [Float]] = [:]
    for (name, _) in geometry.tensorShapes { values[name] = try file.floats(prefix + name) }
    return Adapter(
      AdapterTensors(geometry: geometry, values: values, settings: nil),
      settings: AdapterSettings(
        representationLayers: meta.rep_tokens_layers_1_indexed, alpha: meta.alpha,
        beta: meta.beta ?? 1))
  }
}

extension Adapter {
  /// A random adapter for the CLIP of `MicroFixture`, with tokens at these layers.
  package static func random(_ method: AdapterMethod, _ layers: [Int], beta: Float = 0.6) -> Adapter
  {
    let isPlusPlus = method == .mmrlPlusPlus
    var random = SplitMix64(seed: UInt64(layers.reduce(1) { $0 * 10 + $1 }))
    let geometry = AdapterGeometry(
      method: method, layerCount: layers.count, tokenCount: 3,
      spaceWidth: 10, visionWidth: 128, textWidth: 64, embedDim: 48, rank: isPlusPlus ? 2 : 0,
      projectionRank: isPlusPlus ? 4 : 0)
    var values: [String: [Float]] = [:]
    for (name, shape) in geometry.tensorShapes {
      values[name] = (0..<shape.reduce(1, *)).map { _ in random.normal() * 0.3 }
    }
    return Adapter(
      AdapterTensors(geometry: geometry, values: values, settings: nil),
      settings: AdapterSettings(representationLayers: layers, alpha: 0.7, beta: beta))
  }
}

/// The largest absolute difference; `relative` divides it by the largest magnitude expected.
package func difference(_ a: Matrix, _ b: Matrix, relative: Bool = false) -> Float {
  guard a.rows == b.rows, a.columns == b.columns else { return .infinity }
  return difference(a.elements, b.elements, relative: relative)
}

/// The largest absolute difference; `relative` divides it by the largest magnitude expected.
package func difference(_ a: [Float], _ b: [Float], relative: Bool = false) -> Float {
  guard a.count == b.count else { return .infinity }
  var largest: Float = 0
  var magnitude: Float = 0
  for (x, y) in zip(a, b) {
    guard x.isFinite, y.isFinite else { return .infinity }
    largest = max(largest, abs(x - y))
    magnitude = max(magnitude, abs(y))
  }
  return relative ? largest / max(magnitude, .leastNormalMagnitude) : largest
}
