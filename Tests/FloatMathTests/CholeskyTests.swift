import FloatMath
import TestSupport
import Testing

@Suite struct CholeskyTests {
  /// A solution x must satisfy L Lᵀ x = b; tried on sizes around those that LAPACK blocks by.
  @Test(arguments: [1, 2, 3, 31, 64, 129])
  func solves(size: Int) {
    var random = SplitMix64(seed: UInt64(size))
    let root = (0..<size * size).map { _ in Double.random(in: -1...1, using: &random) }
    var matrix = [Double](repeating: 0, count: size * size)
    for a in 0..<size {
      for b in 0..<size {
        matrix[a * size + b] =
          (0..<size).reduce(a == b ? 1 : 0) { $0 + root[a * size + $1] * root[b * size + $1] }
      }
    }
    let factor = Cholesky(matrix, size: size)
    let right = (0..<3 * size).map { _ in Double.random(in: -1...1, using: &random) }
    let x = factor.solve(right)
    for row in 0..<3 {
      for a in 0..<size {
        let product = (0..<size).reduce(0) { $0 + matrix[a * size + $1] * x[row * size + $1] }
        #expect(abs(product - right[row * size + a]) < 1e-9)
      }
    }
  }

  @Test func readsTheLowerHalfOnly() {
    let factor = Cholesky([4, .nan, 2, 10], size: 2)
    let x = factor.solve([8, 13])
    #expect(abs(4 * x[0] + 2 * x[1] - 8) < 1e-12 && abs(2 * x[0] + 10 * x[1] - 13) < 1e-12)
  }

  /// Two equal rows: a ridge makes the solution that of least squares, up to the ridge.
  @Test func singularMatricesGetARidge() {
    let x = Cholesky([1, 1, 1, 1], size: 2).solve([2, 2])
    #expect(abs(x[0] + x[1] - 2) < 1e-6)
    #expect(Cholesky([0, 0, 0, 0], size: 2).solve([0, 0]) == [0, 0])
  }
}
