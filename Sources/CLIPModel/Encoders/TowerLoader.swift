import FloatMath

/// Builds the towers of a CLIP out of named tensors; only those of the tower asked for are read.
struct TowerLoader {
  let geometry: CLIPGeometry
  let arithmetic: CLIPArithmetic
  /// The values, row-major, of a tensor of `geometry.tensorShapes`.
  let tensor: (String) throws -> [Float]

  func vision() throws -> VisionTower {
    let g = geometry
    var position = try matrix("visual.positional_embedding", 1 + g.patches, g.visionWidth)
    position.blend(
      Matrix(rows: 1, columns: g.visionWidth, try tensor("visual.class_embedding")), keeping: 1,
      fromRow: 0)
    return VisionTower(
      imageSize: g.imageSize, patchSize: g.patchSize,
      patchWeight: try matrix("visual.conv1.weight", g.visionWidth, 3 * g.patchSize * g.patchSize),
      position: position,
      inputNorm: g.hasInputNorm ? try norm("visual.ln_pre", arithmetic.imageEpsilon) : nil,
      stack: try stack(
        "visual.", layers: g.visionLayers, width: g.visionWidth, mlpWidth: g.visionMLPWidth,
        heads: g.visionHeads, arithmetic.imageActivation, arithmetic.imageEpsilon),
      outputNorm: try norm("visual.ln_post", arithmetic.imageEpsilon), pooling: arithmetic.pooling,
      projection: try matrix("visual.proj", g.visionWidth, g.embedDim))
  }

  func text() throws -> TextTower {
    let g = geometry
    return TextTower(
      position: try matrix("positional_embedding", g.contextLength, g.textWidth),
      stack: try stack(
        "", layers: g.textLayers, width: g.textWidth, mlpWidth: g.textMLPWidth, heads: g.textHeads,
        arithmetic.textActivation, arithmetic.textEpsilon),
      outputNorm: try norm("ln_final", arithmetic.textEpsilon),
      projection: try matrix("text_projection", g.textWidth, g.embedDim))
  }

  private func stack(
    _ prefix: String, layers: Int, width: Int, mlpWidth: Int, heads: Int,
    _ activation: Activation, _ epsilon: Float
  ) throws -> BlockStack {
    BlockStack(
      blocks: try (0..<layers).map { index in
        let block = "\(prefix)transformer.resblocks.\(index)"
        func linear(_ name: String, _ suffix: String, _ rows: Int, _ columns: Int) throws -> Linear
        {
          Linear(
            weight: try matrix("\(block).\(name)\(suffix)weight", rows, columns),
            bias: try tensor("\(block).\(name)\(suffix)bias"))
        }
        return TransformerBlock(
          attentionNorm: try norm("\(block).ln_1", epsilon),
          qkv: try linear("attn.in_proj", "_", 3 * width, width),
          attention: Attention(heads: heads),
          out: try linear("attn.out_proj", ".", width, width),
          mlpNorm: try norm("\(block).ln_2", epsilon),
          fc1: try linear("mlp.c_fc", ".", mlpWidth, width),
          activation: activation,
          fc2: try linear("mlp.c_proj", ".", width, mlpWidth))
      })
  }

  private func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix {
    Matrix(rows: rows, columns: columns, try tensor(name))
  }

  private func norm(_ name: String, _ epsilon: Float) throws -> LayerNorm {
    LayerNorm(
      gain: try tensor("\(name).weight"), bias: try tensor("\(name).bias"), epsilon: epsilon)
  }
}
