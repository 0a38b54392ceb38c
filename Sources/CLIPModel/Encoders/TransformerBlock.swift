import FloatMath

/// One pre-LayerNorm transformer block with frozen weights: forward, and backward to its input.
///
/// `W` width. Rows of many sequences lie in one matrix; see `Attention.Sequence`.
struct TransformerBlock: Sendable {
  let attentionNorm: LayerNorm
  /// `[3 W, W]`: queries, keys, values.
  let qkv: Linear
  let attention: Attention
  let out: Linear
  let mlpNorm: LayerNorm
  let fc1: Linear
  let activation: Activation
  let fc2: Linear

  /// What a block does with its rows.
  struct Rows: Sendable {
    /// Query rows count within `queries`, key rows within all rows.
    var sequences: [Attention.Sequence]
    /// The rows that need an output; nil means all.
    var queries: [Int]?
    /// How many sequences, from the first on, will have a gradient.
    var sequencesWithGradient = 0
    /// How many rows, from the first on, these sequences occupy.
    var gradientRows = 0
  }

  /// What backward needs of forward.
  struct Saved: Sendable {
    fileprivate var x: Matrix
    fileprivate var attentionStatistics: LayerNorm.Statistics
    fileprivate var q: Matrix
    fileprivate var kv: Matrix
    fileprivate var weights: Matrix
    fileprivate var middle: Matrix
    fileprivate var mlpStatistics: LayerNorm.Statistics
    fileprivate var hidden: Matrix
  }

  private var width: Int { out.weight.rows }

  /// The rows after the block: all, or those of `rows.queries`.
  func forward(
    _ x: Matrix, _ rows: Rows, hook: ((BlockActivation, Matrix) -> Void)? = nil
  ) -> (y: Matrix, saved: Saved?) {
    let (normed, attentionStatistics) = attentionNorm.forward(x)
    hook?(.qkvInput, normed)
    let queryInput = rows.queries.map { normed.gathering(rows: $0) } ?? normed
    let q = qkv.forward(queryInput, outputs: 0..<width)
    let kv = qkv.forward(normed, outputs: width..<3 * width)
    let (context, weights) = attention.forward(
      q: q, kv: kv, sequences: rows.sequences, requiringGradient: rows.sequencesWithGradient)
    hook?(.outInput, context)
    let residual = rows.queries.map { x.gathering(rows: $0) } ?? x
    let middle = out.forward(context, addedTo: residual)
    let (mlpInput, mlpStatistics) = mlpNorm.forward(middle)
    hook?(.fc1Input, mlpInput)
    let hidden = fc1.forward(mlpInput)
    let activated = activation.forward(hidden)
    hook?(.fc2Input, activated)
    let y = fc2.forward(activated, addedTo: middle)
    hook?(.output, y)
    guard rows.sequencesWithGradient > 0 else { return (y, nil) }
    return (
      y,
      Saved(
        x: x, attentionStatistics: attentionStatistics, q: q, kv: kv, weights: weights,
        middle: middle, mlpStatistics: mlpStatistics, hidden: hidden)
    )
  }

  /// The gradient of the first `rows.gradientRows` input rows, or only of those in `inputRows`.
  ///
  /// - Parameters:
  ///   - dy: the gradient of the leading output rows, as many as have one.
  ///   - saved: what forward returned.
  ///   - rows: what forward was given.
  ///   - inputRows: the rows wanted; nil means all.
  /// - Returns: one row for each row wanted.
  func backward(_ dy: Matrix, _ saved: Saved, _ rows: Rows, inputRows: [Int]? = nil) -> Matrix {
    var dHidden = fc2.inputGradient(dy)
    activation.backward(&dHidden, x: saved.hidden)
    var dMiddle = dy
    mlpNorm.addInputGradient(
      fc1.inputGradient(dHidden), x: saved.middle, statistics: saved.mlpStatistics, to: &dMiddle)
    let (dq, dkv) = attention.backward(
      out.inputGradient(dMiddle), q: saved.q, kv: saved.kv, weights: saved.weights,
      sequences: rows.sequences[..<rows.sequencesWithGradient], keyRows: rows.gradientRows)

    if let queries = rows.queries {
      var dNormed = qkv.inputGradient(dkv, outputs: width..<3 * width)
      let leading = Array(queries.prefix(dy.rows))
      dNormed.add(qkv.inputGradient(dq, outputs: 0..<width), toRows: leading)
      var dx = Matrix(rows: rows.gradientRows, columns: width)
      dx.add(dMiddle, toRows: leading)
      attentionNorm.addInputGradient(
        dNormed, x: saved.x, statistics: saved.attentionStatistics, to: &dx)
      return inputRows.map { dx.gathering(rows: $0) } ?? dx
    }
    if let inputRows {
      var dNormed = qkv.inputGradient(dq.gathering(rows: inputRows), outputs: 0..<width)
      qkv.addInputGradient(
        dkv.gathering(rows: inputRows), outputs: width..<3 * width, to: &dNormed)
      let x = saved.x.gathering(rows: inputRows)
      var dx = dMiddle.gathering(rows: inputRows)
      attentionNorm.addInputGradient(
        dNormed, x: x, statistics: attentionNorm.forward(x).statistics, to: &dx)
      return dx
    }
    var dNormed = qkv.inputGradient(dq, outputs: 0..<width)
    qkv.addInputGradient(dkv, outputs: width..<3 * width, to: &dNormed)
    attentionNorm.addInputGradient(
      dNormed, x: saved.x, statistics: saved.attentionStatistics, to: &dMiddle)
    return dMiddle
  }
}

/// The activations of a block that a forward hook sees.
public enum BlockActivation: String, Sendable, CaseIterable {
  /// What queries, keys and values are made of: the output of the first LayerNorm.
  case qkvInput
  /// The attended values, before the output projection.
  case outInput
  /// The output of the second LayerNorm.
  case fc1Input
  /// The output of the activation.
  case fc2Input
  /// The block's output rows.
  case output
}
