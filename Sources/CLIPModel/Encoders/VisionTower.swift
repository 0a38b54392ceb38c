package import FloatMath

/// CLIP's image tower with frozen weights, alone and with representation tokens.
///
/// `B` images, `N` rows an image (class row, then patches), `K` tokens, `W` width, `E` joint size.
package struct VisionTower: Sendable {
  let imageSize: Int
  let patchSize: Int
  /// `[W, 3 p p]`, inputs in the order channel, y, x.
  let patchWeight: Matrix
  /// `[N, W]`; the class embedding is already added to row 0.
  let position: Matrix
  /// Absent in CLIPA's.
  let inputNorm: LayerNorm?
  let stack: BlockStack
  let outputNorm: LayerNorm
  let pooling: CLIPArithmetic.Pooling
  /// `[W, E]`.
  package let projection: Matrix

  /// The rows of an image.
  package var rowCount: Int { position.rows }
  /// The pixels of an image, all channels.
  package var pixelCount: Int { 3 * imageSize * imageSize }

  /// Raw (not normalised) features, `[B, E]` each.
  package struct Features: Sendable {
    /// The class row's feature through the tokens' tower; nil without an adapter.
    package var adapted: Matrix?
    /// The mean token row's feature; nil without an adapter.
    package var representation: Matrix?
    /// The class row's feature of the frozen CLIP, when it was asked for.
    package var frozen: Matrix?
  }

  /// What backward needs of forward.
  package struct Saved: Sendable {
    fileprivate var layout: BlockStack.Layout
    fileprivate var blocks: [TransformerBlock.Saved]
    fileprivate var pooled: Pooled
    fileprivate var mean: Matrix
    fileprivate var images: Int
  }

  /// Images `[B, 3, S, S]` through the frozen prefix, the blocks before layer `first`, which the frozen and the adapted tower
  /// share: the input rows of that layer.
  package func frozenPrefix(_ pixels: [Float], before first: Int, hook: ForwardHook? = nil)
    -> Matrix
  {
    let x = embed(pixels)
    guard first > 1 else { return x }
    let layout = layout(adapted: 0, tokens: 0, frozen: x.rows / rowCount)
    return stack.forward(x, layers: 1...first - 1, layout, hook: hook).y
  }

  /// The input rows of a layer, for those of an earlier one (or the same).
  package func frozenPrefix(continuing rows: Matrix, from layer: Int, before later: Int) -> Matrix {
    guard later > layer else { return rows }
    let layout = layout(adapted: 0, tokens: 0, frozen: rows.rows / rowCount)
    return stack.forward(rows, layers: layer...later - 1, layout).y
  }

  /// Runs the layers from the first of J on (without tokens: from `first`) on what `frozenPrefix` returned.
  ///
  /// - Parameters:
  ///   - prefix: `[B · N, W]`.
  ///   - first: the layer whose input `prefix` is.
  ///   - tokens: the projected tokens; nil runs the frozen tower only.
  ///   - head: the representation projection, `[W, E]`.
  ///   - frozen: whether to run the frozen tower too, in the same products.
  ///   - requiresGradient: whether backward will follow.
  ///   - hook: sees the activations.
  /// - Returns: raw features, and what backward needs.
  package func forward(
    _ prefix: Matrix, from first: Int, tokens: BlockStack.Tokens?, head: Matrix?, frozen: Bool,
    requiresGradient: Bool, hook: ForwardHook? = nil
  ) -> (Features, Saved?) {
    let images = prefix.rows / rowCount
    let tokenCount = tokens?.byLayer[first]?.rows ?? 0
    let adapted = tokens == nil ? 0 : images
    let plain = frozen || tokens == nil ? images : 0
    var layout = layout(adapted: adapted, tokens: tokenCount, frozen: plain)
    if requiresGradient {
      layout.rows.sequencesWithGradient = adapted
      layout.rows.gradientRows = adapted * (rowCount + tokenCount)
      layout.finalRows.sequencesWithGradient = adapted
      layout.finalRows.gradientRows = layout.rows.gradientRows
    }
    var x = prefix
    if let new = tokens?.byLayer[first] {
      // Class row, tokens, patches of every adapted image, then the frozen images as they are.
      var source: [Int] = []
      for image in 0..<adapted {
        let start = image * rowCount
        source.append(start)
        source += prefix.rows..<prefix.rows + tokenCount
        source += start + 1..<start + rowCount
      }
      source += 0..<plain * rowCount
      x = Matrix.stacked([prefix, new]).gathering(rows: source)
    }
    let (rows, blocks) = stack.forward(
      x, layers: first...stack.blocks.count, layout, tokens: tokens, hook: hook)

    let pooled = pool(rows, adapted: adapted, tokens: tokenCount, frozen: plain)
    let classFeatures = Matrix.product(pooled.classRows, projection)
    var features = Features()
    if plain > 0 { features.frozen = classFeatures[rows: adapted..<classFeatures.rows] }
    guard adapted > 0, let head else { return (features, nil) }
    features.adapted = classFeatures[rows: 0..<adapted]
    let mean = pooled.normed.means(of: pooled.tokenRows)
    features.representation = Matrix.product(mean, head)
    guard requiresGradient else { return (features, nil) }
    return (
      features,
      Saved(layout: layout, blocks: blocks, pooled: pooled, mean: mean, images: adapted)
    )
  }

  /// The gradients of the tokens of each layer and of the representation projection, for those of the raw features.
  package func backward(
    dAdapted: Matrix, dRepresentation: Matrix, _ saved: Saved, tokens: BlockStack.Tokens,
    head: Matrix
  ) -> (tokens: [Int: Matrix], head: Matrix) {
    let dFinal = poolGradient(
      dClass: Matrix.product(dAdapted, .plain, projection, .transposed),
      dTokens: Matrix.product(dRepresentation, .plain, head, .transposed), saved.pooled)
    return (
      stack.backward(dFinal, saved: saved.blocks, saved.layout, tokens: tokens),
      Matrix.product(saved.mean, .transposed, dRepresentation)
    )
  }

  /// Adapted images first, `N + tokens` rows each, then frozen ones of `N` rows.
  private func layout(adapted: Int, tokens: Int, frozen: Int) -> BlockStack.Layout {
    var rows = TransformerBlock.Rows(sequences: [])
    var finalRows = TransformerBlock.Rows(sequences: [], queries: [])
    var starts: [Int] = []
    var row = 0
    var query = 0
    for image in 0..<adapted + frozen {
      let extra = image < adapted ? tokens : 0
      let keys = row..<row + rowCount + extra
      rows.sequences.append(.init(queries: keys, keys: keys))
      let queries = pooling == .classRow ? 1 + extra : keys.count
      finalRows.sequences.append(.init(queries: query..<query + queries, keys: keys))
      finalRows.queries?.append(contentsOf: row..<row + queries)
      if extra > 0 { starts.append(row + 1) }
      row = keys.upperBound
      query += queries
    }
    return BlockStack.Layout(rows: rows, finalRows: finalRows, tokenStarts: starts)
  }

  /// Patches projected, class row and positions added, normalised: `[B · N, W]`.
  private func embed(_ pixels: [Float]) -> Matrix {
    precondition(pixels.count % pixelCount == 0, "\(pixels.count) floats are not whole images")
    let images = pixels.count / pixelCount
    let grid = imageSize / patchSize
    var patches = Matrix(rows: images * grid * grid, columns: 3 * patchSize * patchSize)
    patches.withMutableSpan { target in
      var at = 0
      for image in 0..<images {
        for patch in 0..<grid * grid {
          let corner = patch / grid * patchSize * imageSize + patch % grid * patchSize
          for channel in 0..<3 {
            var source = (image * 3 + channel) * imageSize * imageSize + corner
            for _ in 0..<patchSize {
              for x in 0..<patchSize { target[at + x] = pixels[source + x] }
              at += patchSize
              source += imageSize
            }
          }
        }
      }
    }
    let embedded = Matrix.product(patches, .plain, patchWeight, .transposed)
    var x = Matrix(rows: images * rowCount, columns: embedded.columns)
    for image in 0..<images {
      let start = image * rowCount
      x.blend(position, fromRow: start)
      x.blend(
        embedded[rows: image * grid * grid..<(image + 1) * grid * grid], keeping: 1,
        fromRow: start + 1)
    }
    return inputNorm?.forward(x).y ?? x
  }
}
