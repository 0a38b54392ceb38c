import COpenBLAS

/// The factor L of a positive definite matrix L Lᵀ, in double precision.
public struct Cholesky: Sendable {
  /// Rows and columns.
  public let size: Int
  /// Row-major; what is above the diagonal is not used.
  private let lower: [Double]

  /// Factors a matrix, of which only the lower half is read; what is missing to a positive definite one is added to the
  /// diagonal.
  ///
  /// - Precondition: the matrix has `size` rows and columns.
  public init(_ matrix: [Double], size: Int) {
    precondition(matrix.count == size * size, "a square matrix")
    self.size = size
    let largest = (0..<size).reduce(0) { max($0, matrix[$1 * size + $1]) }
    var ridge = 0.0
    var factor = matrix
    // A ridge as long as the diagonal is enough for any matrix that has a factor but for rounding; one with NaN stays one.
    while !Cholesky.factored(&factor, size: size), ridge <= largest {
      ridge = max(10 * ridge, 1e-14 * largest, 1e-30)
      factor = matrix
      for index in 0..<size { factor[index * size + index] += ridge }
    }
    lower = factor
  }

  /// Puts the factor in place of a matrix; false where it is not positive definite.
  private static func factored(_ matrix: inout [Double], size: Int) -> Bool {
    guard size > 0 else { return true }
    BLAS.useOneThread()
    // LAPACK's matrices are column-major: its upper half is our lower one.
    var half = CChar(UInt8(ascii: "U"))
    var n = blasint(size)
    var stride = n
    var info: blasint = 0
    unsafe matrix.withUnsafeMutableBufferPointer {
      unsafe dpotrf_(&half, &n, $0.baseAddress, &stride, &info)
    }
    return info == 0
  }

  /// For each row b of `right` `[R, size]`, the solution x of L Lᵀ x = b, in the same place.
  public func solve(_ right: [Double]) -> [Double] {
    guard size > 0, !right.isEmpty else { return right }
    precondition(right.count % size == 0, "whole rows")
    BLAS.useOneThread()
    let rows = blasint(right.count / size)
    let n = blasint(size)
    var x = right
    unsafe x.withUnsafeMutableBufferPointer { x in
      unsafe lower.withUnsafeBufferPointer { lower in
        for orientation in [CblasTrans, CblasNoTrans] {
          unsafe cblas_dtrsm(
            CblasRowMajor, CblasRight, CblasLower, orientation, CblasNonUnit, rows, n, 1,
            lower.baseAddress, n, x.baseAddress, n)
        }
      }
    }
    return x
  }

  /// For each row b of `right` `[R, size]`, L⁻¹ b: its squared length is bᵀ (L Lᵀ)⁻¹ b.
  public func whitened(_ right: [Double]) -> [Double] {
    guard size > 0, !right.isEmpty else { return right }
    precondition(right.count % size == 0, "whole rows")
    BLAS.useOneThread()
    var x = right
    unsafe x.withUnsafeMutableBufferPointer { x in
      unsafe lower.withUnsafeBufferPointer { lower in
        unsafe cblas_dtrsm(
          CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit,
          blasint(right.count / size), blasint(size), 1, lower.baseAddress, blasint(size),
          x.baseAddress, blasint(size))
      }
    }
    return x
  }

  /// The rows of L up to the diagonal, one after the other: `size · (size + 1) / 2` elements.
  public var rows: [Double] {
    (0..<size).flatMap { lower[$0 * size..<$0 * size + $0 + 1] }
  }
}
