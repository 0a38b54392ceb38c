internal import Glibc

/// Factors of logits whose softmax says how often they are right (temperature scaling, arXiv 1706.04599).
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
  ///   - first: what the factor's logarithm is taken to be normal about, with deviation 1, where the photos say little of it; nil
  ///     to take their word alone.
  /// - Returns: a factor above 0.
  package static func scale(
    of logits: [[Float]], labels: [Int], photos: Int, around first: Float? = nil
  ) -> Float {
    let doubt = 1 / Double(photos + 2)
    let rows = logits.map { $0.map(Double.init) }
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
      let pull = first.map { (log(Double($0)) - middle) / exp(middle) } ?? 0
      if slope(exp(middle)) + pull > 0 { low = middle } else { high = middle }
    }
    return Float(exp((low + high) / 2))
  }

  /// The factors of two terms whose sum makes labels most likely, as far as photos are enough to say so.
  ///
  /// Logarithms of the factors are taken to be normal about those of `first` with deviation 1, which many photos outweigh.
  /// Fisher's scoring finds the most probable ones.
  ///
  /// - Parameters:
  ///   - terms: logits `[N, C]` of photos that they have not learnt from.
  ///   - labels: `[N]`.
  ///   - photos: how many different ones there are among the N.
  ///   - first: factors above 0.
  /// - Returns: factors above 0.
  package static func factors(
    of terms: ([[Float]], [[Float]]), labels: [Int], photos: Int, around first: (Float, Float)
  ) -> (Float, Float) {
    let start = SIMD2(log(Double(first.0)), log(Double(first.1)))
    let rows = zip(labels, zip(terms.0, terms.1)).map { label, terms in
      (label: label, terms: zip(terms.0, terms.1).map { SIMD2(Double($0), Double($1)) })
    }
    func ascent(_ position: SIMD2<Double>) -> Ascent {
      let factors = SIMD2(exp(position.x), exp(position.y))
      var sum = Ascent()
      for (label, terms) in rows { sum.add(terms, label: label, factors: factors) }
      sum.scale(by: Double(photos) / Double(rows.count))
      sum.hold(position, to: start)
      return sum
    }
    var position = start
    var here = ascent(position)
    for _ in 0..<100 {
      var step = here.step
      var next = ascent(position + step)
      while !(next.value > here.value), step.length > 1e-7 {
        step /= 2
        next = ascent(position + step)
      }
      guard next.value > here.value else { break }
      position += step
      here = next
    }
    return (Float(exp(position.x)), Float(exp(position.y)))
  }

  /// A function of two factors' logarithms with its slope and the curvature that is expected of it.
  private struct Ascent {
    var value = 0.0
    var slope = SIMD2<Double>.zero
    /// Of the first, of both, of the second.
    var curvature = SIMD3<Double>.zero

    /// The step to the top, were the curvature the same everywhere.
    var step: SIMD2<Double> {
      let determinant = curvature.x * curvature.z - curvature.y * curvature.y
      return SIMD2(
        curvature.z * slope.x - curvature.y * slope.y, curvature.x * slope.y - curvature.y * slope.x
      ) / determinant
    }

    /// Adds the log-likelihood of a label.
    mutating func add(_ terms: [SIMD2<Double>], label: Int, factors: SIMD2<Double>) {
      let scaled = terms.map { $0 * factors }
      let largest = scaled.reduce(-Double.infinity) { max($0, $1.sum()) }
      var total = 0.0
      var mean = SIMD2<Double>.zero
      var squares = SIMD3<Double>.zero
      for term in scaled {
        let share = exp(term.sum() - largest)
        total += share
        mean += share * term
        squares += share * SIMD3(term.x * term.x, term.x * term.y, term.y * term.y)
      }
      mean /= total
      value += scaled[label].sum() - largest - log(total)
      slope += scaled[label] - mean
      curvature +=
        squares / total - SIMD3(mean.x * mean.x, mean.x * mean.y, mean.y * mean.y)
    }

    mutating func scale(by factor: Double) {
      value *= factor
      slope *= factor
      curvature *= factor
    }

    /// Adds the logarithm of a normal density of deviation 1, but for its constant.
    mutating func hold(_ position: SIMD2<Double>, to centre: SIMD2<Double>) {
      let off = position - centre
      value -= (off * off).sum() / 2
      slope -= off
      curvature += SIMD3(1, 0, 1)
    }
  }
}

extension SIMD2<Double> {
  fileprivate var length: Double { (self * self).sum().squareRoot() }
}
