package import CLIPModel
internal import Checkpoints
internal import FloatMath
import Foundation
import TestSupport

/// A small CLIP of random weights, and an adapter for it, to export.
///
/// `outliers` gives it what trained towers have: a few channels that dwarf the others.
package struct RandomCLIP {
  package enum Outliers: CaseIterable {
    case none
    /// Gains of both LayerNorms, taken back by the next weights.
    case gains
    /// Channels of the values, taken back by the output projection.
    case values
    /// Channels of the residual stream itself, on all rows.
    case stream
  }

  /// What it computes.
  package enum Arithmetic: String, CaseIterable, Sendable {
    /// QuickGELU, the class row.
    case openAI
    /// No LayerNorm before the first block, patches averaged and then normalised, images squashed.
    case clipa
    /// Patches normalised and averaged, GELU by tanh, other epsilons.
    case averaged

    /// What lies beside the weights; nothing for OpenAI's.
    var configuration: String? {
      switch self {
      case .openAI: nil
      case .clipa:
        #"{"model_cfg": {"vision_cfg": {"no_ln_pre": true, "pool_type": "avg", "final_ln_after_pool": true}},"#
          + #" "preprocess_cfg": {"resize_mode": "squash"}}"#
      case .averaged:
        #"{"model_cfg": {"vision_cfg": {"pool_type": "avg", "act_kwargs": {"approximate": "tanh"},"#
          + #" "norm_kwargs": {"eps": 0.01}},"#
          + #" "text_cfg": {"act_kwargs": {"approximate": "tanh"}, "norm_kwargs": {"eps": 0.02}}}}"#
      }
    }
  }

  package static let geometry = CLIPGeometry(
    imageSize: 32, patchSize: 8, visionWidth: 64, visionLayers: 4, visionHeads: 1, textWidth: 64,
    textLayers: 4, textHeads: 1, contextLength: 16, vocabularySize: 600, embedDim: 48)

  package private(set) var tensors: [String: [Float]] = [:]

  package init(_ outliers: Outliers, seed: UInt64 = 5) {
    var random = SplitMix64(seed: seed)
    for (name, shape) in Self.geometry.tensorShapes {
      let count = shape.reduce(1, *)
      let isGain = name.contains("ln_") && name.hasSuffix("weight")
      let inputs = Float(shape.count > 1 ? count / shape[0] : 1)
      let spread: Float =
        if isGain { 0.2 } else if shape.count == 1 { 0.05 } else if name.contains("embedding") {
          0.3
        } else { 1.2 / inputs.squareRoot() }
      tensors[name] = (0..<count).map { _ in (isGain ? 1 : 0) + spread * random.normal() }
    }
    add(outliers)
  }

  private mutating func add(_ outliers: Outliers) {
    let width = Self.geometry.visionWidth
    let channels = [3, 17, 40]
    for layer in 0..<Self.geometry.visionLayers {
      let block = "visual.transformer.resblocks.\(layer)."
      switch outliers {
      case .none: break
      case .gains:
        for (norm, next) in [("ln_1.", "attn.in_proj_weight"), ("ln_2.", "mlp.c_fc.weight")] {
          scale(block + norm + "weight", channels, by: 60)
          scale(block + norm + "bias", channels, by: 60)
          scaleColumns(block + next, width, channels, by: 1 / 60)
        }
      case .values:
        let rows = channels.flatMap { channel in
          (0..<width).map { (2 * width + channel) * width + $0 }
        }
        scale(block + "attn.in_proj_weight", rows, by: 60)
        scale(block + "attn.in_proj_bias", channels.map { 2 * width + $0 }, by: 60)
        scaleColumns(block + "attn.out_proj.weight", width, channels, by: 1 / 60)
      case .stream:
        // Written by the first block, read by every later one with gains as large towers learn them.
        if layer == 0 {
          for channel in channels { tensors[block + "mlp.c_proj.bias"]?[channel] += 40 }
        } else {
          for norm in ["ln_1.", "ln_2."] { scale(block + norm + "weight", channels, by: 0.3) }
        }
      }
    }
  }

  private mutating func scale(_ name: String, _ indices: [Int], by factor: Float) {
    for index in indices { tensors[name]?[index] *= factor }
  }

  private mutating func scaleColumns(
    _ name: String, _ columns: Int, _ channels: [Int], by factor: Float
  ) {
    let rows = (tensors[name]?.count ?? 0) / columns
    scale(name, (0..<rows).flatMap { row in channels.map { row * columns + $0 } }, by: factor)
  }

  /// Writes the tensors under OpenAI's names and opens them as a checkpoint.
  ///
  /// For other arithmetics than OpenAI's a configuration is put beside.
  package func checkpoint(
    in directory: String, _ arithmetic: Arithmetic = .openAI
  ) throws -> CLIPCheckpoint {
    let path = directory + "/clip.safetensors"
    try arithmetic.configuration?.write(
      toFile: directory + "/open_clip_config.json", atomically: true, encoding: .utf8)
    var geometry = Self.geometry
    geometry.hasInputNorm = arithmetic != .clipa
    try Checkpoint.write(
      geometry.tensorShapes.map {
        NamedTensor($0.name, shape: $0.shape, values: tensors[$0.name] ?? [])
      }, to: path)
    return try CLIPCheckpoint(path: path)
  }

  /// A random adapter with tokens in layers 2 and 4: not contiguous.
  package static func adapter(_ method: AdapterMethod, seed: UInt64 = 6) -> Adapter {
    var random = SplitMix64(seed: seed)
    let sizes = AdapterGeometry(
      method: method, layerCount: 2, tokenCount: 3, spaceWidth: 24,
      visionWidth: geometry.visionWidth, textWidth: geometry.textWidth,
      embedDim: geometry.embedDim, rank: method == .mmrl ? 0 : 2,
      projectionRank: method == .mmrl ? 0 : 4)
    var values: [String: [Float]] = [:]
    for (name, shape) in sizes.tensorShapes {
      values[name] = (0..<shape.reduce(1, *)).map { _ in 0.3 * random.normal() }
    }
    let settings = AdapterSettings(
      representationLayers: [2, 4], alpha: 0.7, beta: method == .mmrl ? 1 : 0.6)
    return Adapter(
      AdapterTensors(geometry: sizes, values: values, settings: settings), settings: settings)
  }
}
