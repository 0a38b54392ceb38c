import FloatMath
import Glibc

/// Factors that move the range of a linear layer's input channels into its weights.
///
/// Inputs are quantised row by row with one scale, so a channel much larger than the others leaves these few steps.
/// Dividing channel c by `factors[c]` where it is made, and multiplying column c of the weight, changes nothing in
/// float and evens out the inputs (SmoothQuant, arXiv 2211.10438).
struct Smoothing: Sendable {
  /// By channel.
  let factors: [Float]
  /// The exponent: 0 leaves inputs as they are, 1 makes all channels alike.
  let strength: Float

  /// The exponents tried.
  static let strengths: [Float] = [0, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9]

  /// The smoothing under which the quantised layer errs least on the rows that were seen.
  static func fit(
    _ weight: Matrix, _ statistics: ActivationStatistics, workers: Workers
  ) -> Smoothing {
    let sample = statistics.sample
    let reference = Matrix.product(sample, .plain, weight, .transposed)
    let weightPeak = columnPeaks(weight)
    let tried = workers.map(strengths.count) { index in
      let strength = strengths[index]
      let factors = factors(statistics.peak, weightPeak, strength)
      let quantized = QuantizedLinear(
        weight: weight.scalingColumns(by: factors),
        bias: [Float](repeating: 0, count: weight.rows), clipRatios: [1],
        workers: Workers(count: 1))
      var output = Matrix.product(
        quantizedRows(sample.scalingColumns(by: factors.map { 1 / $0 })), .plain,
        quantized.dequantized, .transposed)
      output.add(reference, scale: -1)
      let error = output.withSpan { values in
        values.indices.reduce(0.0) { $0 + Double(values[$1] * values[$1]) }
      }
      return (smoothing: Smoothing(factors: factors, strength: strength), error: error)
    }
    // Ties and noise go to the weaker smoothing: less is changed.
    var best = tried[0]
    for candidate in tried.dropFirst() where candidate.error < 0.98 * best.error {
      best = candidate
    }
    return best.smoothing
  }

  /// `peak^strength / weightPeak^(1 - strength)`, scaled to a geometric mean of 1 and bounded.
  private static func factors(
    _ peak: [Float], _ weightPeak: [Float], _ strength: Float
  ) -> [Float] {
    guard strength > 0 else { return [Float](repeating: 1, count: peak.count) }
    // Channels that are never used say nothing; they keep the mean.
    let logarithms: [Float?] = zip(peak, weightPeak).map { peak, weightPeak in
      guard peak > 1e-12, weightPeak > 1e-12 else { return nil }
      return strength * log(peak) - (1 - strength) * log(weightPeak)
    }
    let known = logarithms.compactMap { $0 }
    guard !known.isEmpty else { return [Float](repeating: 1, count: peak.count) }
    let mean = known.reduce(0, +) / Float(known.count)
    return logarithms.map { value in
      guard let value else { return 1 }
      return exp(max(-bound, min(bound, value - mean)))
    }
  }

  // exp(9) is about 8,000: far more than the outlier channels of trained towers need.
  private static let bound: Float = 9

  private static func columnPeaks(_ weight: Matrix) -> [Float] {
    var peaks = [Float](repeating: 0, count: weight.columns)
    weight.withSpan { values in
      for row in 0..<weight.rows {
        for column in 0..<weight.columns {
          peaks[column] = max(peaks[column], abs(values[row * weight.columns + column]))
        }
      }
    }
    return peaks
  }

  /// The rows as an int8 engine sees them: each with one scale of its own.
  private static func quantizedRows(_ rows: Matrix) -> Matrix {
    var result = rows
    let columns = rows.columns
    result.withMutableSpan { values in
      for row in 0..<rows.rows {
        let range = row * columns..<(row + 1) * columns
        var largest: Float = 0
        for index in range { largest = max(largest, abs(values[index])) }
        guard largest > 1e-30 else { continue }
        let scale = largest / 127
        for index in range {
          values[index] = scale * QuantizedLinear.step(values[index], 1 / scale)
        }
      }
    }
    return result
  }
}

extension Matrix {
  /// Row r of `rows` divided by `divisors[r - rows.lowerBound]`.
  mutating func divideRows(_ rows: Range<Int>, by divisors: [Float]) {
    precondition(divisors.count == rows.count && rows.upperBound <= self.rows)
    let columns = columns
    withMutableSpan { values in
      for (row, divisor) in zip(rows, divisors) {
        for index in row * columns..<(row + 1) * columns { values[index] /= divisor }
      }
    }
  }

  /// Column c multiplied by `factors[c]`.
  func scalingColumns(by factors: [Float]) -> Matrix {
    precondition(factors.count == columns)
    var result = self
    result.withMutableSpan { values in
      for row in 0..<rows {
        for column in 0..<columns { values[row * columns + column] *= factors[column] }
      }
    }
    return result
  }
}
