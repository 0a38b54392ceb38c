import CKernels
import Foundation
import TestSupport
import Testing

@Suite("Attention in int8")
struct AttentionTests {
  /// Rows, positions, channels of a head.
  struct Shape: Sendable, CustomTestStringConvertible {
    let rows: Int
    let positions: Int
    let headDim: Int

    var testDescription: String { "\(rows) of \(positions) positions, heads of \(headDim)" }
  }

  static let shapes = [
    (1, 1, 16), (2, 5, 64), (12, 16, 64), (13, 31, 64), (7, 32, 40), (5, 33, 80), (30, 50, 88),
    (25, 70, 64), (6, 202, 64),
  ].map { Shape(rows: $0.0, positions: $0.1, headDim: $0.2) }

  @Test("is the same on every instruction set", arguments: KernelTable.all, shapes)
  func attention(table: KernelTable, shape: Shape) {
    let result = run(table, shape)
    #expect(bits(result.found) == bits(run(.scalar, shape).found))
    // Exact in all but the eight bits of the probabilities.
    let peak = result.expected.map(abs).max() ?? 0
    for (found, expected) in zip(result.found, result.expected) {
      #expect(abs(Double(found) - expected) < 0.02 * peak)
    }
  }

  private func run(_ table: KernelTable, _ shape: Shape) -> (found: [Float], expected: [Double]) {
    var random = SplitMix64(seed: UInt64(shape.positions))
    let heads = 2
    let headStride = ck_head_stride(shape.headDim)
    let capacity = (shape.positions + 31) / 32 * 32
    func codes(_ count: Int) -> [Int8] {
      // Beyond the head's channels stand zeros.
      (0..<count).map { index in
        index % headStride < shape.headDim ? Int8.random(in: -127...127, using: &random) : 0
      }
    }
    let queries = codes(shape.rows * heads * headStride)
    // What stands behind the last position must not matter.
    var keys = codes(heads * capacity * headStride)
    var values = codes(heads * capacity * headStride)
    var queryScales = (0..<shape.rows * heads).map { _ in abs(random.normal()) / 30 }
    var keyScales = (0..<heads * capacity).map { _ in abs(random.normal()) / 100 }
    var valueScales = (0..<heads * capacity).map { _ in abs(random.normal()) }
    var stored = queries.map { UInt8(bitPattern: $0) ^ table.mask }
    let stride = heads * shape.headDim + 5
    var out = [Float](repeating: -7, count: shape.rows * stride)
    let size = ck_attention_scratch(shape.positions, shape.headDim)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: size + 64, alignment: 64)
    defer { scratch.deallocate() }
    scratch.initializeMemory(as: UInt8.self, repeating: 0x5a, count: size + 64)
    let scale = Float(1.442695 / Double(shape.headDim).squareRoot())
    withPointer(to: &keys) { keys in
      withPointer(to: &keyScales) { keyScales in
        withPointer(to: &values) { values in
          withPointer(to: &valueScales) { valueScales in
            withPointer(to: &stored) { stored in
              withPointer(to: &queryScales) { queryScales in
                withPointer(to: &out) { out in
                  var call = ck_attention(
                    queries: stored, query_scales: queryScales,
                    keys: ck_heads(bytes: keys, scales: keyScales, capacity: capacity),
                    values: ck_heads(bytes: values, scales: valueScales, capacity: capacity),
                    rows: shape.rows, positions: shape.positions, heads: heads,
                    head_dim: shape.headDim, score_scale: scale, output: out,
                    output_stride: stride, scratch: scratch)
                  table.functions.attention(&call)
                }
              }
            }
          }
        }
      }
    }
    let tail = UnsafeRawBufferPointer(start: scratch + size, count: 64)
    #expect(tail.allSatisfy { $0 == 0x5a }, "scratch overrun")
    var found: [Float] = []
    var expected: [Double] = []
    for row in 0..<shape.rows {
      for head in 0..<heads {
        let scores = (0..<shape.positions).map { position -> Double in
          let sum = (0..<shape.headDim).reduce(0) { sum, channel in
            sum + Int(queries[(row * heads + head) * headStride + channel])
              * Int(keys[(head * capacity + position) * headStride + channel])
          }
          return Double(sum) * Double(queryScales[row * heads + head])
            * Double(keyScales[head * capacity + position])
            / Double(shape.headDim).squareRoot()
        }
        let weights = softmaxReference(scores)
        for channel in 0..<shape.headDim {
          found.append(out[row * stride + head * shape.headDim + channel])
          expected.append(
            (0..<shape.positions).reduce(0.0) { sum, position in
              sum + weights[position] * Double(valueScales[head * capacity + position])
                * Double(values[(head * capacity + position) * headStride + channel])
            })
        }
      }
      #expect(
        out[row * stride + heads * shape.headDim..<(row + 1) * stride].allSatisfy { $0 == -7 })
    }
    return (found, expected)
  }

  private func withPointer<Element>(
    to values: inout [Element], _ body: (UnsafeMutablePointer<Element>) -> Void
  ) {
    values.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress { body(base) }
    }
  }
}

func softmaxReference(_ x: [Double]) -> [Double] {
  let top = x.max() ?? 0
  let exponentials = x.map { exp($0 - top) }
  let total = exponentials.reduce(0, +)
  return exponentials.map { $0 / total }
}

func geluReference(_ x: Double, exact: Bool) -> Double {
  exact ? 0.5 * x * erfc(-x / 2.0.squareRoot()) : x / (1 + exp(-1.702 * x))
}
