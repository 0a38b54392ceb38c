import CFloatKernels

/// A frozen layer normalisation over columns: forward, and backward to its input only.
public struct LayerNorm: Sendable {
  /// Mean and reciprocal deviation of each row, kept from forward for backward.
  public struct Statistics: Sendable {
    fileprivate var mean: Matrix
    fileprivate var reciprocalDeviation: Matrix
  }

  /// `[1, C]`.
  public let gain: Matrix
  /// `[1, C]`.
  public let bias: Matrix
  /// Added to the variance.
  public let epsilon: Float

  /// A layer from its gain and bias, `[C]` each.
  public init(gain: [Float], bias: [Float], epsilon: Float = 1e-5) {
    self.gain = Matrix(rows: 1, columns: gain.count, gain)
    self.bias = Matrix(rows: 1, columns: gain.count, bias)
    self.epsilon = epsilon
  }

  /// `(x - mean) / sqrt(variance + epsilon) · gain + bias`, row by row.
  public func forward(_ x: Matrix) -> (y: Matrix, statistics: Statistics) {
    precondition(x.columns == gain.columns)
    var y = Matrix(uninitializedRows: x.rows, columns: x.columns)
    var statistics = Statistics(
      mean: Matrix(uninitializedRows: x.rows, columns: 1),
      reciprocalDeviation: Matrix(uninitializedRows: x.rows, columns: 1))
    unsafe Kernels.table.pointee.layer_norm(
      x.pointer, x.rows, x.columns, gain.pointer, bias.pointer, epsilon, y.mutablePointer(),
      statistics.mean.mutablePointer(), statistics.reciprocalDeviation.mutablePointer())
    return (y, statistics)
  }

  /// Adds the gradient of the input to `dx`.
  ///
  /// - Parameters:
  ///   - dy: `[r, C]` with `r <= R`: the gradient of the first `r` output rows.
  ///   - x: `[R, C]`, the input of `forward`.
  ///   - statistics: what `forward` returned for `x`.
  ///   - dx: `[r, C]`.
  public func addInputGradient(
    _ dy: Matrix, x: Matrix, statistics: Statistics, to dx: inout Matrix
  ) {
    precondition(
      dy.columns == x.columns && dy.rows <= x.rows && dx.rows == dy.rows && dx.columns == x.columns
        && statistics.mean.rows == x.rows)
    unsafe Kernels.table.pointee.layer_norm_backward(
      x.pointer, dy.pointer, dy.rows, x.columns, gain.pointer, statistics.mean.pointer,
      statistics.reciprocalDeviation.pointer, dx.mutablePointer())
  }
}
