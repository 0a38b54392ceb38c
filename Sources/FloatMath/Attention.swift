import CFloatKernels

/// Multi-head softmax attention over many sequences that lie one below the other in the same matrices.
///
/// `W` width, `H` heads, `D = W / H`; scores are scaled by `1 / sqrt(D)`.
public struct Attention: Sendable {
  /// One sequence: which query rows look at which key rows.
  public struct Sequence: Sendable {
    /// Rows of the query matrix.
    public var queries: Range<Int>
    /// Rows of the key-value matrix that come first and that every query sees; sequences may share them.
    public var prefix: Range<Int>
    /// Rows of the key-value matrix that follow.
    public var keys: Range<Int>
    /// Whether the i-th query sees the keys 0 to i only.
    public var causal: Bool

    /// A sequence.
    ///
    /// - Precondition: a causal sequence has as many queries as keys.
    public init(
      queries: Range<Int>, prefix: Range<Int> = 0..<0, keys: Range<Int>, causal: Bool = false
    ) {
      precondition(!causal || queries.count == keys.count)
      self.queries = queries
      self.prefix = prefix
      self.keys = keys
      self.causal = causal
    }

    var visible: Int { prefix.count + keys.count }
  }

  /// The number of heads, `H`.
  public let heads: Int

  /// Attention with this many heads.
  public init(heads: Int) { self.heads = heads }

  /// The weighted values, `[Rq, W]`, and the attention weights of the first sequences, those that `backward` will be given.
  ///
  /// - Parameters:
  ///   - q: `[Rq, W]`.
  ///   - kv: `[Rk, 2 W]`: keys, then values.
  ///   - sequences: rows outside all of them are zero in the result.
  ///   - requiringGradient: how many sequences, from the first on, `backward` will be given.
  /// - Returns: the context and the weights, in an order of their own.
  public func forward(
    q: Matrix, kv: Matrix, sequences: [Sequence], requiringGradient: Int
  ) -> (context: Matrix, weights: Matrix) {
    let width = q.columns
    let depth = width / heads
    precondition(
      kv.columns == 2 * width && depth * heads == width && requiringGradient <= sequences.count)
    var context = Matrix(rows: q.rows, columns: width)
    var weights = Matrix(
      uninitializedRows: 1, columns: scoreCount(sequences[..<requiringGradient]))
    var scratch = Matrix(
      uninitializedRows: 1,
      columns: sequences[requiringGradient...].map { $0.queries.count * $0.visible }.max() ?? 0)
    let output = unsafe context.mutablePointer()
    let temporary = unsafe scratch.mutablePointer()
    var kept = unsafe weights.mutablePointer()
    let scale = 1 / Float(depth).squareRoot()
    for (index, sequence) in sequences.enumerated() {
      check(sequence, queryRows: q.rows, keyRows: kv.rows)
      let n = sequence.queries.count
      let visible = sequence.visible
      for head in 0..<heads {
        let scores = unsafe index < requiringGradient ? kept : temporary
        let queries = unsafe q.pointer + sequence.queries.lowerBound * width + head * depth
        let result = unsafe output + sequence.queries.lowerBound * width + head * depth
        var column = 0
        for part in [sequence.prefix, sequence.keys] where !part.isEmpty {
          unsafe BLAS.multiply(
            m: n, n: part.count, k: depth, queries, width, .plain,
            kv.pointer + part.lowerBound * 2 * width + head * depth, 2 * width, .transposed,
            keeping: 0, into: scores + column, visible)
          column += part.count
        }
        unsafe Kernels.table.pointee.softmax(
          scores, n, visible, visible, scale,
          sequence.causal ? sequence.prefix.count + 1 : visible, sequence.causal ? 1 : 0)
        column = 0
        for part in [sequence.prefix, sequence.keys] where !part.isEmpty {
          unsafe BLAS.multiply(
            m: n, n: depth, k: part.count, scores + column, visible, .plain,
            kv.pointer + part.lowerBound * 2 * width + width + head * depth, 2 * width, .plain,
            keeping: column == 0 ? 0 : 1, into: result, width)
          column += part.count
        }
        if index < requiringGradient { unsafe kept += n * visible }
      }
    }
    return (context, weights)
  }

  /// The gradients of queries `[rq, W]` and of keys and values `[rk, 2 W]`.
  ///
  /// - Parameters:
  ///   - dContext: `[rq, W]`, the gradient of the first `rq` rows of the context.
  ///   - q: as in `forward`.
  ///   - kv: as in `forward`.
  ///   - weights: what `forward` returned.
  ///   - sequences: those whose weights `forward` kept; their rows are among the first `rq` and `rk`.
  ///   - keyRows: `rk`.
  /// - Returns: `dq` and `dkv`.
  public func backward(
    _ dContext: Matrix, q: Matrix, kv: Matrix, weights: Matrix, sequences: ArraySlice<Sequence>,
    keyRows: Int
  ) -> (dq: Matrix, dkv: Matrix) {
    let width = q.columns
    let depth = width / heads
    precondition(weights.columns == scoreCount(sequences) && dContext.columns == width)
    var dq = Matrix(rows: dContext.rows, columns: width)
    var dkv = Matrix(rows: keyRows, columns: 2 * width)
    var scratch = Matrix(
      uninitializedRows: 1, columns: sequences.map { $0.queries.count * $0.visible }.max() ?? 0)
    let queryGradient = unsafe dq.mutablePointer()
    let keyGradient = unsafe dkv.mutablePointer()
    let dScores = unsafe scratch.mutablePointer()
    var p = unsafe weights.pointer
    let scale = 1 / Float(depth).squareRoot()
    for sequence in sequences {
      check(sequence, queryRows: dContext.rows, keyRows: keyRows)
      let n = sequence.queries.count
      let visible = sequence.visible
      for head in 0..<heads {
        let offset = sequence.queries.lowerBound * width + head * depth
        var column = 0
        for part in [sequence.prefix, sequence.keys] where !part.isEmpty {
          let keyOffset = part.lowerBound * 2 * width + head * depth
          // Values: dV += Pᵀ dC; weights: dP = dC Vᵀ.
          unsafe BLAS.multiply(
            m: part.count, n: depth, k: n, p + column, visible, .transposed,
            dContext.pointer + offset, width, .plain, keeping: 1,
            into: keyGradient + keyOffset + width, 2 * width)
          unsafe BLAS.multiply(
            m: n, n: part.count, k: depth, dContext.pointer + offset, width, .plain,
            kv.pointer + keyOffset + width, 2 * width, .transposed, keeping: 0,
            into: dScores + column, visible)
          column += part.count
        }
        unsafe Kernels.table.pointee.softmax_backward(p, dScores, n, visible, visible, scale)
        column = 0
        for part in [sequence.prefix, sequence.keys] where !part.isEmpty {
          let keyOffset = part.lowerBound * 2 * width + head * depth
          // Scores S = Q Kᵀ: dQ += dS K, dK += dSᵀ Q.
          unsafe BLAS.multiply(
            m: n, n: depth, k: part.count, dScores + column, visible, .plain,
            kv.pointer + keyOffset, 2 * width, .plain, keeping: 1, into: queryGradient + offset,
            width)
          unsafe BLAS.multiply(
            m: part.count, n: depth, k: n, dScores + column, visible, .transposed,
            q.pointer + offset, width, .plain, keeping: 1, into: keyGradient + keyOffset, 2 * width)
          column += part.count
        }
        unsafe p += n * visible
      }
    }
    return (dq, dkv)
  }

  private func scoreCount(_ sequences: ArraySlice<Sequence>) -> Int {
    sequences.reduce(0) { $0 + heads * $1.queries.count * $1.visible }
  }

  private func check(_ sequence: Sequence, queryRows: Int, keyRows: Int) {
    precondition(
      sequence.queries.lowerBound >= 0 && sequence.queries.upperBound <= queryRows
        && sequence.prefix.lowerBound >= 0 && sequence.prefix.upperBound <= keyRows
        && sequence.keys.lowerBound >= 0 && sequence.keys.upperBound <= keyRows
        && sequence.visible > 0)
  }
}
