/// The factor L of a positive definite matrix L Lᵀ, rows up to the diagonal one after the other, in double precision.
///
/// Small enough for a device without a linear algebra library: a thousand columns take about a fifth of a second.
struct LowerTriangle: Sendable {
  /// Rows and columns.
  let size: Int
  /// `size · (size + 1) / 2` elements.
  private(set) var elements: [Double]

  /// A factor from its rows.
  init(size: Int, _ elements: [Double]) {
    precondition(elements.count == size * (size + 1) / 2, "rows up to the diagonal")
    self.size = size
    self.elements = elements
  }

  /// Factors the lower half of a symmetric matrix, which is stored in the same way.
  ///
  /// Where rounding has left a matrix that has no factor, what is missing is added to the diagonal.
  init(factoring matrix: LowerTriangle) {
    size = matrix.size
    elements = matrix.elements
    let largest = (0..<size).reduce(0) { max($0, elements[Self.row($1) + $1]) }
    let least = max(1e-12 * largest, 1e-30)
    for i in 0..<size {
      let row = Self.row(i)
      for j in 0..<i {
        let other = Self.row(j)
        elements[row + j] =
          (elements[row + j] - dot(row, other, j)) / elements[other + j]
      }
      elements[row + i] = max(elements[row + i] - dot(row, row, i), least).squareRoot()
    }
  }

  /// The matrix L Lᵀ, as its lower half.
  var squared: LowerTriangle {
    var product = self
    for i in 0..<size {
      for j in 0...i {
        product.elements[Self.row(i) + j] = dot(Self.row(i), Self.row(j), j + 1)
      }
    }
    return product
  }

  /// L⁻¹ times a vector whose elements before `start` are zero.
  func whitened(_ vector: [Double], from start: Int = 0) -> [Double] {
    var x = vector
    for i in start..<size {
      let row = Self.row(i)
      let known = Self.dot(
        elements.span.extracting(row + start..<row + i), x.span.extracting(start..<i))
      x[i] = (x[i] - known) / elements[row + i]
    }
    return x
  }

  /// L⁻ᵀ times a vector.
  func solvedTransposed(_ vector: [Double]) -> [Double] {
    var x = vector
    for i in stride(from: size - 1, through: 0, by: -1) {
      let row = Self.row(i)
      x[i] /= elements[row + i]
      for j in 0..<i { x[j] -= elements[row + j] * x[i] }
    }
    return x
  }

  /// Adds `factor` times the product of a vector with itself to the lower half of a symmetric matrix.
  mutating func add(productOf vector: [Double], times factor: Double = 1) {
    precondition(vector.count == size)
    for i in 0..<size {
      let scaled = factor * vector[i]
      let row = Self.row(i)
      for j in 0...i { elements[row + j] += scaled * vector[j] }
    }
  }

  /// Adds `factor` times another matrix.
  mutating func add(_ other: LowerTriangle, times factor: Double) {
    for index in elements.indices { elements[index] += factor * other.elements[index] }
  }

  /// The first rows and columns.
  func leading(_ count: Int) -> LowerTriangle {
    LowerTriangle(size: count, Array(elements[..<Self.row(count)]))
  }

  /// All rows of the symmetric matrix whose lower half this is.
  var rows: [[Double]] {
    (0..<size).map { i in
      (0..<size).map { j in elements[Self.row(max(i, j)) + min(i, j)] }
    }
  }

  /// Adds to each element of the diagonal.
  mutating func addToDiagonal(_ value: Double) {
    for i in 0..<size { elements[Self.row(i) + i] += value }
  }

  /// The trace of (L Lᵀ)⁻¹ times a symmetric matrix whose lower half is given: the squares of L⁻¹ times that one's factor.
  func traceOfSolution(_ matrix: LowerTriangle) -> Double {
    let other = LowerTriangle(factoring: matrix)
    var column = [Double](repeating: 0, count: size)
    var sum = 0.0
    for j in 0..<size {
      for i in 0..<size { column[i] = i < j ? 0 : other.elements[Self.row(i) + j] }
      for value in whitened(column, from: j) { sum += value * value }
    }
    return sum
  }

  /// The sum of the diagonal.
  var trace: Double { (0..<size).reduce(0) { $0 + elements[Self.row($1) + $1] } }

  private static func row(_ index: Int) -> Int { index * (index + 1) / 2 }

  private func dot(_ a: Int, _ b: Int, _ count: Int) -> Double {
    Self.dot(elements.span.extracting(a..<a + count), elements.span.extracting(b..<b + count))
  }

  /// The sum of products, in eight partial sums, which a processor adds side by side.
  private static func dot(_ a: Span<Double>, _ b: Span<Double>) -> Double {
    var sums = SIMD8<Double>.zero
    let whole = a.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      let left = SIMD8(
        a[start], a[start + 1], a[start + 2], a[start + 3], a[start + 4], a[start + 5],
        a[start + 6], a[start + 7])
      let right = SIMD8(
        b[start], b[start + 1], b[start + 2], b[start + 3], b[start + 4], b[start + 5],
        b[start + 6], b[start + 7])
      sums += left * right
    }
    var sum = sums.sum()
    for index in whole..<a.count { sum += a[index] * b[index] }
    return sum
  }
}
