package import FloatMath
import Glibc

/// The factor of logits whose softmax says how often they are right (temperature scaling, arXiv 1706.04599).
package enum ScoreCalibration {
  /// The factor that makes labels most likely.
  ///
  /// Platt's rule keeps it finite where every photo is recognised: a label is taken to be right for all but one of
  /// `photos + 2`.
  ///
  /// - Parameters:
  ///   - logits: `[N, C]`, of photos that they have not learnt from.
  ///   - labels: `[N]`.
  ///   - photos: how many different ones there are among the N.
  /// - Returns: a factor above 0.
  package static func scale(of logits: Matrix, labels: [Int], photos: Int) -> Float {
    let doubt = 1 / Double(photos + 2)
    let rows = (0..<logits.rows).map { logits[rows: $0..<$0 + 1].elements.map(Double.init) }
    // Likelihood is concave in the factor: its slope falls, and is zero once.
    func slope(_ factor: Double) -> Double {
      zip(rows, labels).reduce(0) { sum, pair in
        let (row, label) = pair
        let largest = row.max() ?? 0
        var (total, weighted, mean) = (0.0, 0.0, 0.0)
        for logit in row {
          let share = exp(factor * (logit - largest))
          total += share
          weighted += share * logit
          mean += logit / Double(row.count)
        }
        return sum + (1 - doubt) * row[label] + doubt * mean - weighted / total
      }
    }
    var (low, high) = (log(1e-4), log(1e2))
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if slope(exp(middle)) > 0 { low = middle } else { high = middle }
    }
    return Float(exp((low + high) / 2))
  }
}
