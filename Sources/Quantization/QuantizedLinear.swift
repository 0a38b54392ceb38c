import FloatMath

/// A fully connected layer in int8, as a model file has it: `y = scale · (weight · x) + bias`, one scale an output.
struct QuantizedLinear: Sendable {
  /// `[outputs, inputs]`, -127...127.
  var weight: [Int8]
  /// `[outputs]`.
  var scale: [Float]
  /// `[outputs]`.
  var bias: [Float]
  let inputs: Int

  /// The scales that are tried for an output, as shares of the one that clips nothing.
  ///
  /// A smaller scale rounds everything more finely and clips the few largest weights.
  static let clipRatios: [Float] = [1, 0.97, 0.94, 0.91, 0.88, 0.84, 0.8, 0.75, 0.7]

  /// Quantises a layer, each output with the scale of least error.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, finite.
  ///   - bias: `[outputs]`.
  ///   - importance: the mean square of each input, by which errors count; all alike if nil.
  ///   - clipRatios: which scales to try.
  ///   - workers: threads that share the work.
  init(
    weight: Matrix, bias: [Float], importance: [Float]? = nil,
    clipRatios: [Float] = QuantizedLinear.clipRatios, workers: Workers
  ) {
    let inputs = weight.columns
    let importance = importance ?? [Float](repeating: 1, count: inputs)
    precondition(bias.count == weight.rows && importance.count == inputs)
    let parts = workers.map(min(weight.rows, 4 * workers.count)) { part in
      let count = min(weight.rows, 4 * workers.count)
      let rows = weight.rows * part / count..<weight.rows * (part + 1) / count
      var bytes: [Int8] = []
      bytes.reserveCapacity(rows.count * inputs)
      var scales: [Float] = []
      weight.withSpan { values in
        for row in rows {
          let row = values.extracting(row * inputs..<(row + 1) * inputs)
          let scale = Self.bestScale(row, importance.span, clipRatios)
          for index in 0..<inputs { bytes.append(Int8(Self.step(row[index], 1 / scale))) }
          scales.append(scale)
        }
      }
      return (bytes, scales)
    }
    self.weight = parts.flatMap(\.0)
    scale = parts.flatMap(\.1)
    self.bias = bias
    self.inputs = inputs
  }

  /// What rounding left of a weight, in steps of a quarter of the layer's: two more bits, if nothing was clipped.
  ///
  /// - Parameter original: the weight that the layer was made of, `[outputs, inputs]`.
  /// - Returns: a layer without bias, whose output is to be added to this one's.
  func residual(of original: Matrix) -> QuantizedLinear {
    var bytes: [Int8] = []
    bytes.reserveCapacity(weight.count)
    original.withSpan { values in
      for row in scale.indices {
        for index in row * inputs..<(row + 1) * inputs {
          let left = values[index] - scale[row] * Float(weight[index])
          bytes.append(Int8(Self.step(left, 4 / scale[row])))
        }
      }
    }
    return QuantizedLinear(weight: bytes, scale: scale.map { $0 / 4 }, bias: [], inputs: inputs)
  }

  private init(weight: [Int8], scale: [Float], bias: [Float], inputs: Int) {
    self.weight = weight
    self.scale = scale
    self.bias = bias
    self.inputs = inputs
  }

  /// The weight that the layer stands for, `[outputs, inputs]`.
  var dequantized: Matrix {
    var result = Matrix(rows: scale.count, columns: inputs)
    result.withMutableSpan { values in
      for row in scale.indices {
        for index in row * inputs..<(row + 1) * inputs {
          values[index] = scale[row] * Float(weight[index])
        }
      }
    }
    return result
  }

  /// A row of zeros gets scale 1, so that no reader divides by zero.
  private static func bestScale(
    _ row: Span<Float>, _ importance: Span<Float>, _ clipRatios: [Float]
  ) -> Float {
    var largest: Float = 0
    for index in row.indices { largest = max(largest, abs(row[index])) }
    // Below this the reciprocal of the scale overflows; such weights are zeros.
    guard largest > 1e-30 else { return 1 }
    var best = (scale: largest / 127, error: Float.infinity)
    for ratio in clipRatios {
      let scale = largest / 127 * ratio
      let reciprocal = 1 / scale
      var error: Float = 0
      for index in row.indices {
        let difference = row[index] - scale * step(row[index], reciprocal)
        error += importance[index] * difference * difference
      }
      if error < best.error { best = (scale, error) }
    }
    return best.scale
  }

  /// The nearest of -127...127, ties to even.
  ///
  /// Adding 1.5 · 2²³ leaves no fraction bits, so the addition rounds, and it does so in vector registers.
  @inline(__always)
  static func step(_ value: Float, _ reciprocal: Float) -> Float {
    let shift: Float = 12_582_912
    return (min(127, max(-127, value * reciprocal)) + shift) - shift
  }
}
