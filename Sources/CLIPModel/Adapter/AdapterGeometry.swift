/// The sizes of an MMRL or MMRL++ adapter.
public struct AdapterGeometry: Sendable, Equatable {
  /// Which kind of adapter.
  public var method: AdapterMethod
  /// Representation layers, |J|.
  public var layerCount: Int
  /// Tokens of the representation space, K.
  public var tokenCount: Int
  /// Width of the representation space, d.
  public var spaceWidth: Int
  /// Width of the image tower, Wv.
  public var visionWidth: Int
  /// Width of the text tower, Wt.
  public var textWidth: Int
  /// Size of the joint space, E.
  public var embedDim: Int
  /// MMRL++: rank of the per-layer residuals A B, r (4 as published); 0 for MMRL.
  public var rank: Int
  /// MMRL++: rank of the representation projection's residual A B (64 as published); 0 for MMRL.
  public var projectionRank: Int

  /// Puts sizes together.
  public init(
    method: AdapterMethod, layerCount: Int, tokenCount: Int, spaceWidth: Int, visionWidth: Int,
    textWidth: Int, embedDim: Int, rank: Int = 0, projectionRank: Int = 0
  ) {
    self.method = method
    self.layerCount = layerCount
    self.tokenCount = tokenCount
    self.spaceWidth = spaceWidth
    self.visionWidth = visionWidth
    self.textWidth = textWidth
    self.embedDim = embedDim
    self.rank = rank
    self.projectionRank = projectionRank
  }

  /// Every trainable tensor under its published name, with its shape; MMRL (arXiv 2503.08497), MMRL++ (arXiv 2505.10088).
  public var tensorShapes: [(name: String, shape: [Int])] {
    let learner = "representation_learner."
    var shapes: [(name: String, shape: [Int])] = [
      ("\(learner)compound_rep_tokens", [tokenCount, spaceWidth])
    ]
    for (modality, width) in [("r2v", visionWidth), ("r2t", textWidth)] {
      if method == .mmrlPlusPlus {
        let base = "\(learner)srra_\(modality)proj"
        shapes.append(("\(base).weight", [width, spaceWidth]))
        for layer in 0..<layerCount {
          shapes.append(("\(base).srra.\(layer).A", [width, rank]))
          shapes.append(("\(base).srra.\(layer).B", [rank, spaceWidth]))
          shapes.append(("\(base).srra.\(layer).bias", [width]))
        }
      } else {
        for layer in 0..<layerCount {
          let base = "\(learner)compound_rep_tokens_\(modality)proj.\(layer)"
          shapes.append(("\(base).weight", [width, spaceWidth]))
          shapes.append(("\(base).bias", [width]))
        }
      }
    }
    if method == .mmrlPlusPlus {
      shapes.append(("image_encoder.A", [visionWidth, projectionRank]))
      shapes.append(("image_encoder.B", [projectionRank, embedDim]))
    } else {
      shapes.append(("image_encoder.proj_rep", [visionWidth, embedDim]))
    }
    return shapes
  }
}
