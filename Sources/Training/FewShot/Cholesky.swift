/// The factor L of a positive definite matrix L Lᵀ, in double precision.
struct Cholesky {
  /// Rows and columns.
  let size: Int
  /// Row-major; what is above the diagonal is not used.
  private var lower: [Double]

  /// Factors a matrix, of which only the lower half is read.
  init(_ matrix: [Double], size: Int) {
    self.size = size
    lower = matrix
    for row in 0..<size {
      for column in 0...row {
        var sum = lower[row * size + column]
        for k in 0..<column { sum -= lower[row * size + k] * lower[column * size + k] }
        lower[row * size + column] =
          row == column ? max(sum, 1e-30).squareRoot() : sum / lower[column * size + column]
      }
    }
  }

  /// The solution x of L Lᵀ x = right.
  func solve(_ right: [Double]) -> [Double] {
    var x = right
    for row in 0..<size {
      for k in 0..<row { x[row] -= lower[row * size + k] * x[k] }
      x[row] /= lower[row * size + row]
    }
    for row in stride(from: size - 1, through: 0, by: -1) {
      for k in (row + 1)..<max(size, row + 1) { x[row] -= lower[k * size + row] * x[k] }
      x[row] /= lower[row * size + row]
    }
    return x
  }
}
