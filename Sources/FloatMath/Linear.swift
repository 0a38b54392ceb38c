import CFloatKernels

/// A frozen fully connected layer, `y = x Wᵀ + b`: forward, and backward to its input only.
public struct Linear: Sendable {
  /// `[outputs, inputs]`.
  public let weight: Matrix
  /// `[1, outputs]`.
  public let bias: Matrix

  /// A layer from its weight `[outputs, inputs]` and bias `[outputs]`.
  public init(weight: Matrix, bias: [Float]) {
    self.weight = weight
    self.bias = Matrix(rows: 1, columns: weight.rows, bias)
  }

  /// `x Wᵀ + b` for a range of the outputs (nil: all): `[R, range.count]`.
  public func forward(_ x: Matrix, outputs: Range<Int>? = nil) -> Matrix {
    let range = outputs ?? 0..<weight.rows
    precondition(
      x.columns == weight.columns && range.lowerBound >= 0 && range.upperBound <= weight.rows)
    var y = Matrix(uninitializedRows: x.rows, columns: range.count)
    let target = unsafe y.mutablePointer()
    for row in 0..<x.rows {
      unsafe (target + row * range.count).update(
        from: bias.pointer + range.lowerBound, count: range.count)
    }
    unsafe BLAS.multiply(
      m: x.rows, n: range.count, k: weight.columns, x.pointer, x.columns, .plain,
      weight.pointer + range.lowerBound * weight.columns, weight.columns, .transposed, keeping: 1,
      into: target, range.count)
    return y
  }

  /// `residual + x Wᵀ + b`.
  public func forward(_ x: Matrix, addedTo residual: Matrix) -> Matrix {
    precondition(
      x.columns == weight.columns && residual.columns == weight.rows && residual.rows == x.rows)
    var y = Matrix(uninitializedRows: x.rows, columns: weight.rows)
    unsafe Kernels.table.pointee.add_bias(
      residual.pointer, bias.pointer, y.rows, y.columns, y.mutablePointer())
    y.addProduct(x, .plain, weight, .transposed)
    return y
  }

  /// The gradient of the input: `dy W`, for the gradient `[R, range.count]` of a range of the outputs (nil: all).
  public func inputGradient(_ dy: Matrix, outputs: Range<Int>? = nil) -> Matrix {
    var dx = Matrix(uninitializedRows: dy.rows, columns: weight.columns)
    setInputGradient(dy, outputs: outputs, keeping: 0, of: &dx)
    return dx
  }

  /// Adds `dy W` to `dx`: see `inputGradient`.
  public func addInputGradient(_ dy: Matrix, outputs: Range<Int>? = nil, to dx: inout Matrix) {
    setInputGradient(dy, outputs: outputs, keeping: 1, of: &dx)
  }

  private func setInputGradient(
    _ dy: Matrix, outputs: Range<Int>?, keeping beta: Float, of dx: inout Matrix
  ) {
    let range = outputs ?? 0..<weight.rows
    precondition(
      dy.columns == range.count && range.lowerBound >= 0 && range.upperBound <= weight.rows
        && dx.rows == dy.rows && dx.columns == weight.columns)
    unsafe BLAS.multiply(
      m: dy.rows, n: weight.columns, k: range.count, dy.pointer, dy.columns, .plain,
      weight.pointer + range.lowerBound * weight.columns, weight.columns, .plain, keeping: beta,
      into: dx.mutablePointer(), dx.columns)
  }
}
