import FloatMath
import Glibc
import TestSupport
import Testing

/// Forward passes against plain loops in double precision, and the matrix type itself.
@Suite struct OperationTests {
  @Test(arguments: [(1, 1, 1), (3, 5, 7), (17, 33, 16), (202, 64, 65)])
  func productsEqualLoops(m: Int, k: Int, n: Int) {
    var random = SplitMix64(seed: UInt64(m * 1000 + k))
    let a = randomMatrix(m, k, &random)
    let b = randomMatrix(k, n, &random)
    let expected = (0..<m * n).map { index -> Float in
      Float((0..<k).reduce(0.0) { $0 + Double(a[index / n, $1]) * Double(b[$1, index % n]) })
    }
    func transposed(_ x: Matrix) -> Matrix {
      Matrix(rows: x.columns, columns: x.rows, (0..<x.count).map { x[$0 % x.rows, $0 / x.rows] })
    }
    for (name, found) in [
      ("NN", Matrix.product(a, b)), ("NT", Matrix.product(a, .plain, transposed(b), .transposed)),
      ("TN", Matrix.product(transposed(a), .transposed, b)),
    ] {
      for (x, y) in zip(found.elements, expected) {
        #expect(abs(x - y) < 1e-4, "\(name) \(m)x\(k)x\(n)")
      }
    }
    var sum = Matrix(rows: m, columns: n, repeating: 1)
    sum.addProduct(a, .plain, b)
    for (x, y) in zip(sum.elements, expected) { #expect(abs(x - y - 1) < 1e-4) }
  }

  @Test(arguments: [2, 5, 15, 16, 17, 768])
  func layerNormEqualsLoops(columns: Int) {
    var random = SplitMix64(seed: UInt64(columns))
    var x = randomMatrix(3, columns, &random)
    x.withMutableSpan { span in
      for i in 0..<span.count { span[i] += 10 }  // A mean far from zero.
    }
    let gain = randomMatrix(1, columns, &random)
    let bias = randomMatrix(1, columns, &random)
    let y = LayerNorm(gain: gain.elements, bias: bias.elements).forward(x).y
    for row in 0..<3 {
      let values = (0..<columns).map { Double(x[row, $0]) }
      let mean = values.reduce(0, +) / Double(columns)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
      for column in 0..<columns {
        let expected =
          (values[column] - mean) / (variance + 1e-5).squareRoot() * Double(gain[0, column])
          + Double(bias[0, column])
        #expect(abs(Double(y[row, column]) - expected) < 2e-4)
      }
    }
  }

  @Test(arguments: Activation.allCases)
  func activationsEqualFormulas(activation: Activation) {
    var inputs: [Float] = Array(stride(from: Float(-9), through: 12, by: 0.037))
    inputs += [0, -0.0, 40, -40, 1e-20, 88, -88, 1000, -1000]
    let y = activation.forward(Matrix(rows: 1, columns: inputs.count, inputs)).elements
    for (x, found) in zip(inputs, y) {
      let d = Double(x)
      let expected =
        switch activation {
        case .quickGELU: d / (1 + exp(-1.702 * d))
        case .gelu: d * 0.5 * erfc(-d / 2.0.squareRoot())
        case .tanhGELU:
          d / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (d + 0.044715 * d * d * d)))
        }
      // Far below zero the result vanishes; there the exponential stops at its smallest number.
      #expect(
        abs(Double(found) - expected) <= 2e-5 * abs(expected) + 1e-30,
        "\(x): \(found), not \(expected)")
    }
  }

  @Test func attentionEqualsLoops() {
    var random = SplitMix64(seed: 5)
    let (heads, depth) = (3, 4)
    let width = heads * depth
    let q = randomMatrix(8, width, &random)
    let kv = randomMatrix(10, 2 * width, &random)
    let sequences: [Attention.Sequence] = [
      .init(queries: 0..<4, prefix: 0..<2, keys: 2..<6, causal: true),
      .init(queries: 4..<7, prefix: 0..<2, keys: 6..<10),
    ]
    let context = Attention(heads: heads).forward(
      q: q, kv: kv, sequences: sequences, requiringGradient: 1
    ).context
    for sequence in sequences {
      for (place, row) in sequence.queries.enumerated() {
        let keys =
          Array(sequence.prefix)
          + (sequence.causal ? Array(sequence.keys.prefix(place + 1)) : Array(sequence.keys))
        for head in 0..<heads {
          let scores = keys.map { key -> Double in
            (0..<depth).reduce(0.0) {
              $0 + Double(q[row, head * depth + $1]) * Double(kv[key, head * depth + $1])
            } / Double(depth).squareRoot()
          }
          let sum = scores.reduce(0) { $0 + exp($1) }
          for column in head * depth..<(head + 1) * depth {
            let expected = zip(keys, scores).reduce(0) {
              $0 + exp($1.1) / sum * Double(kv[$1.0, width + column])
            }
            #expect(abs(Double(context[row, column]) - expected) < 1e-5)
          }
        }
      }
    }
    #expect((0..<width).allSatisfy { context[7, $0] == 0 })
  }

  /// Two steps worked by hand: the first of Adam is the sign of the gradient.
  @Test func adamW() {
    var weights = Matrix(rows: 1, columns: 3, [1, -2, 0.5])
    let gradient = Matrix(rows: 1, columns: 3, [0.1, -3, 0])
    var moments = AdamW.Moments(like: weights)
    let optimizer = AdamW(weightDecay: 0.1)
    optimizer.update(&weights, gradient: gradient, moments: &moments, step: 1, learningRate: 0.01)
    let decay: Float = 1 - 0.01 * 0.1
    let expected: [Float] = [decay - 0.01, -2 * decay + 0.01, 0.5 * decay]
    for (x, y) in zip(weights.elements, expected) { #expect(abs(x - y) < 1e-6) }
    let zero = Matrix(rows: 1, columns: 3)
    optimizer.update(&weights, gradient: zero, moments: &moments, step: 2, learningRate: 0.01)
    // In units of the gradient: m = 0.09 over 1 - 0.9^2, v = 0.999 · 0.001 over 1 - 0.999^2.
    let ratio = 0.01 * (0.09 / 0.19) / (0.999 * 0.001 / 0.001999).squareRoot()
    let second: [Float] = [
      expected[0] * decay - Float(ratio), expected[1] * decay + Float(ratio), expected[2] * decay,
    ]
    for (x, y) in zip(weights.elements, second) { #expect(abs(x - y) < 1e-5) }
  }

  @Test func copiesAreIndependent() {
    let original = Matrix(rows: 2, columns: 2, [1, 2, 3, 4])
    var copy = original
    copy[0, 0] = 9
    copy.blend(Matrix(rows: 1, columns: 2, [7, 8]), scale: 0.5, keeping: 2, fromRow: 1)
    #expect(original.elements == [1, 2, 3, 4])
    #expect(copy.elements == [9, 2, 9.5, 12])
    #expect(copy[rows: 1..<2].elements == [9.5, 12])
    #expect(copy.gathering(rows: [1, 1, 0]).elements == [9.5, 12, 9.5, 12, 9, 2])
    copy.add(Matrix(rows: 2, columns: 2, [1, 1, 10, 10]), toRows: [0, 0])
    #expect(copy.elements == [20, 13, 9.5, 12])
    #expect(Matrix.stacked([original, copy[rows: 0..<1]]).elements == [1, 2, 3, 4, 20, 13])
    #expect(copy.largestColumns == [0, 1])
  }

  @Test(arguments: [1, 2, 5])
  func workersReturnAllInOrder(threads: Int) {
    #expect(Workers(count: threads).map(100) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(Workers(count: threads).map(0) { $0 } == [])
  }
}
