public import FloatMath

/// The blocks of one tower, with representation tokens put into their inputs: forward and backward.
///
/// Layers are counted from 1, as in the papers; `J` are the layers that get tokens, `K` tokens each.
package struct BlockStack: Sendable {
  let blocks: [TransformerBlock]

  /// How the rows of one matrix make up sequences.
  struct Layout: Sendable {
    /// In every block but the last.
    var rows: TransformerBlock.Rows
    /// In the tower's last block, where only few rows need an output.
    var finalRows: TransformerBlock.Rows
    /// The first of the K token rows of each sequence that has them.
    var tokenStarts: [Int] = []
  }

  /// Projected tokens of one tower.
  package struct Tokens: Sendable {
    /// `[K, W]` for each layer of J.
    package var byLayer: [Int: Matrix]
    /// How much of the new token replaces what the row holds; 1 overwrites it (MMRL).
    var beta: Float

    package var firstLayer: Int { byLayer.keys.min() ?? .max }
  }

  /// Runs a range of layers (from 1) and returns the last one's rows, with what backward needs of each.
  ///
  /// At the first layer of J the rows of `x` hold the tokens already.
  func forward(
    _ x: Matrix, layers: ClosedRange<Int>, _ layout: Layout, tokens: Tokens? = nil,
    hook: ForwardHook? = nil
  ) -> (y: Matrix, saved: [TransformerBlock.Saved]) {
    var x = x
    var all: [TransformerBlock.Saved] = []
    for layer in layers {
      if let tokens, layer > tokens.firstLayer, let new = tokens.byLayer[layer] {
        for start in layout.tokenStarts {
          x.blend(new, scale: tokens.beta, keeping: 1 - tokens.beta, fromRow: start)
        }
      }
      let (y, saved) = blocks[layer - 1].forward(
        x, rows(of: layer, layout), hook: hook.map { hook in { hook(layer, $0, $1) } })
      if let saved { all.append(saved) }
      x = y
    }
    return (x, all)
  }

  /// The gradient of the tokens of every layer of J, for the gradient of the leading final rows.
  func backward(
    _ dFinal: Matrix, saved: [TransformerBlock.Saved], _ layout: Layout, tokens: Tokens
  ) -> [Int: Matrix] {
    var gradients: [Int: Matrix] = [:]
    let first = tokens.firstLayer
    let tokenRows = tokens.byLayer[first]?.rows ?? 0
    var dx = dFinal
    for layer in (first...blocks.count).reversed() {
      let own = saved[layer - first]
      let rows = rows(of: layer, layout)
      if layer == first {
        // Nothing trainable lies below: only the token rows' gradient is needed.
        let all = layout.tokenStarts.flatMap { $0..<$0 + tokenRows }
        let dTokens = blocks[layer - 1].backward(dx, own, rows, inputRows: all)
        var sum = Matrix(rows: tokenRows, columns: dTokens.columns)
        sum.add(dTokens, toRows: layout.tokenStarts.flatMap { _ in 0..<tokenRows })
        gradients[layer] = sum
        return gradients
      }
      dx = blocks[layer - 1].backward(dx, own, rows)
      guard tokens.byLayer[layer] != nil else { continue }
      var sum = Matrix(rows: tokenRows, columns: dx.columns)
      for start in layout.tokenStarts {
        let part = dx[rows: start..<start + tokenRows]
        sum.add(part, scale: tokens.beta)
        dx.blend(part, scale: 1 - tokens.beta, fromRow: start)
      }
      gradients[layer] = sum
    }
    return gradients
  }

  private func rows(of layer: Int, _ layout: Layout) -> TransformerBlock.Rows {
    layer == blocks.count ? layout.finalRows : layout.rows
  }
}

/// Sees activations as they are computed: the layer (from 1), which of its activations, the rows.
public typealias ForwardHook = (Int, BlockActivation, Matrix) -> Void
