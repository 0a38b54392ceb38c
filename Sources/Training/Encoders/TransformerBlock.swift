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
    var recorded = 0
    /// How many rows, from the first on, these sequences occupy.
    var gradientRows = 0
  }

  /// What backward needs of forward.
  struct Record: Sendable {
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
    _ x: Matrix, _ rows: Rows, observe: ((ActivationSite, Matrix) -> Void)? = nil
  ) -> (y: Matrix, record: Record?) {
    let (normed, attentionStatistics) = attentionNorm.forward(x)
    observe?(.qkvInput, normed)
    let queryInput = rows.queries.map { normed.gathering(rows: $0) } ?? normed
    let q = qkv.forward(queryInput, outputs: 0..<width)
    let kv = qkv.forward(normed, outputs: width..<3 * width)
    let (context, weights) = attention.forward(
      q: q, kv: kv, sequences: rows.sequences, recorded: rows.recorded)
    observe?(.outInput, context)
    let residual = rows.queries.map { x.gathering(rows: $0) } ?? x
    let middle = out.forward(context, addedTo: residual)
    let (mlpInput, mlpStatistics) = mlpNorm.forward(middle)
    observe?(.fc1Input, mlpInput)
    let hidden = fc1.forward(mlpInput)
    let activated = activation.forward(hidden)
    observe?(.fc2Input, activated)
    let y = fc2.forward(activated, addedTo: middle)
    observe?(.output, y)
    guard rows.recorded > 0 else { return (y, nil) }
    return (
      y,
      Record(
        x: x, attentionStatistics: attentionStatistics, q: q, kv: kv, weights: weights,
        middle: middle, mlpStatistics: mlpStatistics, hidden: hidden)
    )
  }

  /// The gradient of the first `rows.gradientRows` input rows, or only of those in `inputRows`.
  ///
  /// - Parameters:
  ///   - dy: the gradient of the leading output rows, as many as have one.
  ///   - record: what forward returned.
  ///   - rows: what forward was given.
  ///   - inputRows: the rows wanted; nil means all.
  /// - Returns: one row for each row wanted.
  func backward(_ dy: Matrix, _ record: Record, _ rows: Rows, inputRows: [Int]? = nil) -> Matrix {
    var dHidden = fc2.inputGradient(dy)
    activation.backward(&dHidden, x: record.hidden)
    var dMiddle = dy
    mlpNorm.addInputGradient(
      fc1.inputGradient(dHidden), x: record.middle, statistics: record.mlpStatistics, to: &dMiddle)
    let (dq, dkv) = attention.backward(
      out.inputGradient(dMiddle), q: record.q, kv: record.kv, weights: record.weights,
      sequences: rows.sequences[..<rows.recorded], keyRows: rows.gradientRows)

    if let queries = rows.queries {
      var dNormed = qkv.inputGradient(dkv, outputs: width..<3 * width)
      let leading = Array(queries.prefix(dy.rows))
      dNormed.add(qkv.inputGradient(dq, outputs: 0..<width), toRows: leading)
      var dx = Matrix(rows: rows.gradientRows, columns: width)
      dx.add(dMiddle, toRows: leading)
      attentionNorm.addInputGradient(
        dNormed, x: record.x, statistics: record.attentionStatistics, to: &dx)
      return inputRows.map { dx.gathering(rows: $0) } ?? dx
    }
    if let inputRows {
      var dNormed = qkv.inputGradient(dq.gathering(rows: inputRows), outputs: 0..<width)
      qkv.addInputGradient(
        dkv.gathering(rows: inputRows), outputs: width..<3 * width, to: &dNormed)
      let x = record.x.gathering(rows: inputRows)
      var dx = dMiddle.gathering(rows: inputRows)
      attentionNorm.addInputGradient(
        dNormed, x: x, statistics: attentionNorm.forward(x).statistics, to: &dx)
      return dx
    }
    var dNormed = qkv.inputGradient(dq, outputs: 0..<width)
    qkv.addInputGradient(dkv, outputs: width..<3 * width, to: &dNormed)
    attentionNorm.addInputGradient(
      dNormed, x: record.x, statistics: record.attentionStatistics, to: &dMiddle)
    return dMiddle
  }
}

/// Where in a block a matrix of activations was seen; see `FloatCLIP.encodeImages`.
public enum ActivationSite: String, Sendable, CaseIterable {
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
