import FloatMath
import Glibc

/// Logistic regression whose coefficients are held near a first guess.
struct LogisticRegression {
  /// The coefficients.
  private(set) var coefficients: [Double]

  /// Finds the most probable coefficients by Newton's method.
  ///
  /// - Parameters:
  ///   - rows: the values of each example, as many as `first` has.
  ///   - outcomes: whether each example is positive.
  ///   - weights: how much each example counts.
  ///   - first: the mean of the coefficients' normal density.
  ///   - precision: its inverse variance.
  init(
    _ rows: [[Double]], _ outcomes: [Bool], weights: [Double], first: [Double], precision: Double
  ) {
    precondition(rows.count == outcomes.count && rows.count == weights.count)
    let count = first.count
    coefficients = first
    for _ in 0..<50 {
      var slope = zip(coefficients, first).map { precision * ($1 - $0) }
      var curvature = [Double](repeating: 0, count: count * count)
      for index in 0..<count { curvature[index * count + index] = precision }
      for (example, row) in rows.enumerated() {
        let value = zip(row, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
        let probability = 1 / (1 + exp(-value))
        let error = weights[example] * ((outcomes[example] ? 1 : 0) - probability)
        let weight = weights[example] * probability * (1 - probability)
        for i in 0..<count {
          slope[i] += error * row[i]
          for j in 0...i { curvature[i * count + j] += weight * row[i] * row[j] }
        }
      }
      let step = Cholesky(curvature, size: count).solve(slope)
      for index in 0..<count { coefficients[index] += step[index] }
      if step.allSatisfy({ abs($0) < 1e-9 }) { break }
    }
  }
}
