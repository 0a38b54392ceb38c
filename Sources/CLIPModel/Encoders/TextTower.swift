package import FloatMath

/// CLIP's text tower with frozen weights, alone and with representation tokens.
///
/// Every row sees only the rows before it, so nothing after the end-of-text row is computed, and the rows that all
/// prompts of a chunk begin with (start of text, the tokens, "a photo of a") are computed once.
package struct TextTower: Sendable {
  /// `[context length, W]`.
  let position: Matrix
  let stack: BlockStack
  let outputNorm: LayerNorm
  /// `[W, E]`.
  package let projection: Matrix

  /// Prompts of one chunk on their way through the tower.
  package struct Prompts: Sendable {
    /// The rows that all prompts share, then each prompt's own: the input of layer `layer`.
    fileprivate(set) var x: Matrix
    fileprivate(set) var layer: Int
    /// Shared rows, the start-of-text row among them.
    fileprivate let shared: Int
    /// Own rows of each prompt, the end-of-text row the last.
    fileprivate let own: [Int]

    /// The number of prompts.
    package var count: Int { own.count }
  }

  /// What backward needs of forward.
  package struct Saved: Sendable {
    fileprivate var layout: BlockStack.Layout
    fileprivate var blocks: [TransformerBlock.Saved]
    fileprivate var finalRows: Matrix
    fileprivate var finalStatistics: LayerNorm.Statistics
  }

  /// Token ids up to the end of text: its id is the highest, as in the published code.
  static func untilEnd(_ ids: [Int32]) -> [Int32] {
    guard let highest = ids.max(), let end = ids.firstIndex(of: highest) else { return [] }
    return Array(ids[...end])
  }

  /// The input rows of the first layer.
  ///
  /// - Parameters:
  ///   - ids: prompts up to their ends, none empty or longer than the context.
  ///   - embedding: the embedding of a token id, `[1, W]`.
  /// - Returns: prompts at layer 1.
  func embed(_ ids: [[Int32]], embedding: (Int32) -> Matrix) -> Prompts {
    precondition(ids.allSatisfy { !$0.isEmpty && $0.count <= position.rows })
    var shared = 0
    if let first = ids.first {
      shared = ids.reduce(first.count - 1) { length, other in
        min(length, other.count - 1, zip(first, other).prefix { $0 == $1 }.count)
      }
    }
    precondition(shared >= 1, "prompts that do not begin with the same start-of-text token")
    var parts: [Matrix] = []
    for (index, prompt) in ids.enumerated() {
      for place in (index == 0 ? 0 : shared)..<prompt.count {
        var row = embedding(prompt[place])
        row.add(position[rows: place..<place + 1])
        parts.append(row)
      }
    }
    return Prompts(
      x: Matrix.stacked(parts), layer: 1, shared: shared, own: ids.map { $0.count - shared })
  }

  /// Takes prompts through the frozen prefix: the blocks before layer `first`.
  package func frozenPrefix(_ prompts: Prompts, before first: Int, hook: ForwardHook? = nil)
    -> Prompts
  {
    guard first > prompts.layer else { return prompts }
    var result = prompts
    result.x =
      stack.forward(
        prompts.x, layers: prompts.layer...first - 1, layout(prompts, tokens: 0), hook: hook
      ).y
    result.layer = first
    return result
  }

  /// Raw features, `[prompts, E]`, from `prompts.layer` on, which is the first of J when there are tokens.
  package func forward(
    _ prompts: Prompts, tokens: BlockStack.Tokens?, requiresGradient: Bool,
    hook: ForwardHook? = nil
  ) -> (Matrix, Saved?) {
    var x = prompts.x
    var tokenCount = 0
    if let tokens, let new = tokens.byLayer[prompts.layer] {
      precondition(tokens.firstLayer == prompts.layer)
      tokenCount = new.rows
      x = Matrix.stacked([x[rows: 0..<1], new, x[rows: 1..<x.rows]])
    }
    var layout = layout(prompts, tokens: tokenCount)
    if requiresGradient {
      layout.rows.sequencesWithGradient = layout.rows.sequences.count
      layout.rows.gradientRows = x.rows
      layout.finalRows.sequencesWithGradient = layout.finalRows.sequences.count
      layout.finalRows.gradientRows = x.rows
    }
    let (rows, blocks) = stack.forward(
      x, layers: prompts.layer...stack.blocks.count, layout, tokens: tokens, hook: hook)
    let (normed, statistics) = outputNorm.forward(rows)
    let features = Matrix.product(normed, projection)
    guard requiresGradient else { return (features, nil) }
    return (
      features,
      Saved(layout: layout, blocks: blocks, finalRows: rows, finalStatistics: statistics)
    )
  }

  /// The gradient of the tokens of each layer, for that of the raw features.
  package func backward(
    _ dFeatures: Matrix, _ saved: Saved, tokens: BlockStack.Tokens
  ) -> [Int: Matrix] {
    var dFinal = Matrix(rows: dFeatures.rows, columns: projection.rows)
    outputNorm.addInputGradient(
      Matrix.product(dFeatures, .plain, projection, .transposed), x: saved.finalRows,
      statistics: saved.finalStatistics, to: &dFinal)
    return stack.backward(dFinal, saved: saved.blocks, saved.layout, tokens: tokens)
  }

  /// The shared rows (start of text, tokens, common words), then each prompt's own rows.
  private func layout(_ prompts: Prompts, tokens: Int) -> BlockStack.Layout {
    let prefix = 0..<prompts.shared + tokens
    var rows = TransformerBlock.Rows(
      sequences: [.init(queries: prefix, keys: prefix, causal: true)])
    var finalRows = TransformerBlock.Rows(sequences: [], queries: [])
    var row = prefix.upperBound
    for (index, own) in prompts.own.enumerated() {
      let keys = row..<row + own
      rows.sequences.append(.init(queries: keys, prefix: prefix, keys: keys, causal: true))
      // The last row sees all keys.
      finalRows.sequences.append(.init(queries: index..<index + 1, prefix: prefix, keys: keys))
      finalRows.queries?.append(keys.upperBound - 1)
      row = keys.upperBound
    }
    return BlockStack.Layout(
      rows: rows, finalRows: finalRows, tokenStarts: tokens > 0 ? [1] : [])
  }
}
