import FloatMath
import TestSupport
import Testing

/// Every operation's backward pass against central differences of its forward pass.
@Suite struct GradientTests {
  @Test(arguments: Operation.allCases, [UInt64(1), 2])
  func equalsCentralDifferences(operation: Operation, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let inputs = operation.inputShapes.map { randomMatrix($0.0, $0.1, &random) }
    let output = operation.forward(inputs)
    let weights = randomMatrix(output.rows, output.columns, &random)
    let gradients = operation.backward(inputs, weights)
    #expect(gradients.count == inputs.count)
    let step: Float = 1e-2
    for (index, gradient) in gradients.enumerated() {
      #expect(gradient.rows == inputs[index].rows && gradient.columns == inputs[index].columns)
      var largest = 0.0
      var magnitude = 0.0
      for row in 0..<gradient.rows {
        for column in 0..<gradient.columns {
          func loss(_ shift: Float) -> Double {
            var shifted = inputs
            shifted[index][row, column] += shift
            return zip(operation.forward(shifted).elements, weights.elements)
              .reduce(0) { $0 + Double($1.0) * Double($1.1) }
          }
          // Two step sizes, extrapolated: the error of third order cancels.
          let wide = (loss(2 * step) - loss(-2 * step)) / Double(4 * step)
          let narrow = (loss(step) - loss(-step)) / Double(2 * step)
          let expected = (4 * narrow - wide) / 3
          largest = max(largest, abs(Double(gradient[row, column]) - expected))
          magnitude = max(magnitude, abs(expected))
        }
      }
      #expect(magnitude > 0.01, "\(operation), input \(index): nothing to compare")
      #expect(largest < 2e-3 * max(magnitude, 1), "\(operation), input \(index): \(largest)")
    }
  }
}

func randomMatrix(_ rows: Int, _ columns: Int, _ random: inout SplitMix64) -> Matrix {
  var values = [Float]()
  for _ in 0..<rows * columns { values.append(random.normal()) }
  return Matrix(rows: rows, columns: columns, values)
}

/// All operations that have a backward pass; a new one belongs here.
enum Operation: String, CaseIterable, Sendable {
  case product, productTransposedLeft, productTransposedRight
  case linear, linearRange, linearResidual
  case layerNorm, quickGELU, gelu, tanhGELU
  case attention, attentionCausalWithPrefix
  case unitRows, crossEntropy, columnSums

  var inputShapes: [(Int, Int)] {
    switch self {
    case .product: [(5, 7), (7, 3)]
    case .productTransposedLeft: [(7, 5), (7, 3)]
    case .productTransposedRight: [(5, 7), (3, 7)]
    case .linear, .linearRange: [(4, 19)]
    case .linearResidual: [(4, 19), (4, 6)]
    case .layerNorm: [(3, 37)]
    case .quickGELU, .gelu, .tanhGELU: [(3, 21)]
    case .attention: [(7, 8), (7, 16)]
    case .attentionCausalWithPrefix: [(9, 8), (9, 16)]
    case .unitRows: [(3, 11)]
    case .crossEntropy: [(4, 5)]
    case .columnSums: [(6, 9)]
    }
  }

  private static let layer: Linear = {
    var random = SplitMix64(seed: 77)
    return Linear(
      weight: randomMatrix(6, 19, &random), bias: randomMatrix(1, 6, &random).elements)
  }()
  private static let norm: LayerNorm = {
    var random = SplitMix64(seed: 78)
    return LayerNorm(
      gain: randomMatrix(1, 37, &random).elements, bias: randomMatrix(1, 37, &random).elements)
  }()
  private static let heads = Attention(heads: 2)
  private static let labels = [3, 0, 4, 4]
  private static let range = 1..<4

  private var sequences: [Attention.Sequence] {
    self == .attention
      ? [.init(queries: 0..<3, keys: 0..<3), .init(queries: 3..<7, keys: 3..<7)]
      : [
        .init(queries: 0..<2, keys: 0..<2, causal: true),
        .init(queries: 2..<6, prefix: 0..<2, keys: 2..<6, causal: true),
        .init(queries: 6..<9, prefix: 0..<2, keys: 6..<9, causal: true),
      ]
  }

  func forward(_ x: [Matrix]) -> Matrix {
    switch self {
    case .product: Matrix.product(x[0], x[1])
    case .productTransposedLeft: Matrix.product(x[0], .transposed, x[1])
    case .productTransposedRight: Matrix.product(x[0], .plain, x[1], .transposed)
    case .linear: Self.layer.forward(x[0])
    case .linearRange: Self.layer.forward(x[0], outputs: Self.range)
    case .linearResidual: Self.layer.forward(x[0], addedTo: x[1])
    case .layerNorm: Self.norm.forward(x[0]).y
    case .quickGELU: Activation.quickGELU.forward(x[0])
    case .gelu: Activation.gelu.forward(x[0])
    case .tanhGELU: Activation.tanhGELU.forward(x[0])
    case .attention, .attentionCausalWithPrefix:
      Self.heads.forward(q: x[0], kv: x[1], sequences: sequences, requiringGradient: 0).context
    case .unitRows: UnitRows(x[0]).rows
    case .crossEntropy:
      Matrix(
        rows: 1, columns: 1,
        [Float(CrossEntropy.forwardBackward(logits: x[0], labels: Self.labels).loss)])
    case .columnSums: x[0].columnSums
    }
  }

  private static func gradient(of activation: Activation, _ x: Matrix, _ dy: Matrix) -> Matrix {
    var dx = dy
    activation.backward(&dx, x: x)
    return dx
  }

  func backward(_ x: [Matrix], _ dy: Matrix) -> [Matrix] {
    switch self {
    case .product:
      return [
        Matrix.product(dy, .plain, x[1], .transposed), Matrix.product(x[0], .transposed, dy),
      ]
    case .productTransposedLeft:
      return [Matrix.product(x[1], .plain, dy, .transposed), Matrix.product(x[0], dy)]
    case .productTransposedRight:
      return [Matrix.product(dy, x[1]), Matrix.product(dy, .transposed, x[0])]
    case .linear: return [Self.layer.inputGradient(dy)]
    case .linearRange: return [Self.layer.inputGradient(dy, outputs: Self.range)]
    case .linearResidual: return [Self.layer.inputGradient(dy), dy]
    case .layerNorm:
      var dx = Matrix(rows: dy.rows, columns: dy.columns)
      Self.norm.addInputGradient(
        dy, x: x[0], statistics: Self.norm.forward(x[0]).statistics, to: &dx)
      return [dx]
    case .quickGELU: return [Self.gradient(of: .quickGELU, x[0], dy)]
    case .gelu: return [Self.gradient(of: .gelu, x[0], dy)]
    case .tanhGELU: return [Self.gradient(of: .tanhGELU, x[0], dy)]
    case .attention, .attentionCausalWithPrefix:
      let (_, weights) = Self.heads.forward(
        q: x[0], kv: x[1], sequences: sequences, requiringGradient: sequences.count)
      let (dq, dkv) = Self.heads.backward(
        dy, q: x[0], kv: x[1], weights: weights, sequences: sequences[...], keyRows: x[1].rows)
      return [dq, dkv]
    case .unitRows: return [UnitRows(x[0]).inputGradient(dy)]
    case .crossEntropy:
      var dLogits = CrossEntropy.forwardBackward(logits: x[0], labels: Self.labels).dLogits
      dLogits.scale(by: dy[0, 0])
      return [dLogits]
    case .columnSums:
      return [Matrix.stacked([Matrix](repeating: dy, count: x[0].rows))]
    }
  }
}
