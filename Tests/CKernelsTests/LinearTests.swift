import CKernels
import TestSupport
import Testing

/// Sizes of a product: rows, outputs, inputs.
struct ProductShape: Sendable, CustomTestStringConvertible {
  let rows: Int
  let outputs: Int
  let inputs: Int

  init(_ rows: Int, _ outputs: Int, _ inputs: Int) {
    (self.rows, self.outputs, self.inputs) = (rows, outputs, inputs)
  }

  var testDescription: String { "\(rows)x\(outputs)x\(inputs)" }

  /// Around every tile's sizes, and layers of real models.
  static let all =
    (1...14).map { ProductShape($0, 35, 37) }
    + [
      ProductShape(0, 8, 8), ProductShape(1, 1, 1), ProductShape(5, 15, 3), ProductShape(3, 16, 4),
      ProductShape(4, 17, 5), ProductShape(7, 31, 8), ProductShape(6, 32, 9),
      ProductShape(12, 33, 63), ProductShape(13, 63, 64), ProductShape(24, 64, 65),
      ProductShape(25, 96, 147), ProductShape(65, 192, 192), ProductShape(37, 64, 768),
      ProductShape(9, 40, 3072),
    ]
}

@Suite("The int8 linear layer")
struct LinearTests {
  /// Inputs of one product and its result by a triple loop.
  private struct Product {
    let shape: ProductShape
    let activations: [Int8]
    let weights: [Int8]
    let rowScales: [Float]
    let zeros: [Int32]?
    let scales: [Float]
    let bias: [Float]
    let before: [Float]?

    func result() -> [Float] {
      var out: [Float] = []
      for row in 0..<shape.rows {
        for output in 0..<shape.outputs {
          var sum: Int32 = 0
          for input in 0..<shape.inputs {
            let activation = Int32(activations[row * shape.inputs + input]) - (zeros?[row] ?? 0)
            sum += activation * Int32(weights[output * shape.inputs + input])
          }
          let value = Float(sum) * rowScales[row] * scales[output] + bias[output]
          out.append((before.map { $0[row * shape.outputs + output] + value }) ?? value)
        }
      }
      return out
    }
  }

  @Test(
    "equals a triple loop, bit for bit, and writes nothing else",
    arguments: KernelTable.all, ProductShape.all)
  func equalsTripleLoop(table: KernelTable, shape: ProductShape) {
    var random = SplitMix64(seed: UInt64(shape.rows * 10007 + shape.outputs * 101 + shape.inputs))
    for (kind, hasZeros, accumulates) in [
      (0, false, false), (0, true, true), (1, true, false), (2, false, true),
    ] {
      var activations = random.int8s(shape.rows * shape.inputs, in: -128...127)
      var weights = random.int8s(shape.outputs * shape.inputs, in: -127...127)
      if kind == 1 {
        activations = activations.map { $0 < 0 ? -128 : 127 }
        weights = weights.map { $0 < 0 ? -127 : 127 }
      } else if kind == 2 {
        activations = activations.map { _ in -128 }
        weights = weights.map { _ in -127 }
      }
      let product = Product(
        shape: shape, activations: activations, weights: weights,
        rowScales: random.floats(shape.rows, scale: 0.1),
        zeros: hasZeros
          ? (0..<shape.rows).map { _ in Int32.random(in: -128...127, using: &random) } : nil,
        scales: random.floats(shape.outputs, scale: 0.01), bias: random.floats(shape.outputs),
        before: accumulates ? random.floats(shape.rows * shape.outputs) : nil)
      #expect(bits(run(product, on: table)) == bits(product.result()))
    }
  }

  /// Runs on rows that start at an odd address, into rows that are further apart than needed.
  private func run(_ product: Product, on table: KernelTable) -> [Float] {
    let shape = product.shape
    let layer = PackedLayer(
      table, outputs: shape.outputs, inputs: shape.inputs, weights: product.weights,
      scales: product.scales, bias: product.bias)
    #expect(layer.isValid)
    let stride = (shape.inputs + 15) / 16 * 16 + 1
    var bytes = [UInt8](repeating: 0xa5, count: 1 + (shape.rows + 1) * stride)
    for row in 0..<shape.rows {
      for input in 0..<shape.inputs {
        let value = UInt8(bitPattern: product.activations[row * shape.inputs + input])
        bytes[1 + row * stride + input] = value ^ table.mask
      }
    }
    let guardValue: Float = -12345.5
    let outStride = shape.outputs + 3
    var out = [Float](repeating: guardValue, count: (shape.rows + 1) * outStride)
    for row in 0..<shape.rows {
      for output in 0..<shape.outputs {
        guard let before = product.before else { continue }
        out[row * outStride + output] = before[row * shape.outputs + output]
      }
    }
    let panels = (shape.outputs + Int(table.functions.panel) - 1) / Int(table.functions.panel)
    bytes.withUnsafeBufferPointer { bytes in
      product.rowScales.withUnsafeBufferPointer { scales in
        (product.zeros ?? []).withUnsafeBufferPointer { zeros in
          guard let start = bytes.baseAddress, shape.rows > 0, let scales = scales.baseAddress
          else { return }
          var rows = ck_rows(
            bytes: start + 1, stride: stride, count: shape.rows, scales: scales,
            zeros: product.zeros == nil ? nil : zeros.baseAddress)
          var linear = layer.layer
          // Two calls: panels are independent.
          let half = panels / 2
          table.functions.linear(&linear, &rows, 0, half, &out, outStride, product.before != nil)
          table.functions.linear(
            &linear, &rows, half, panels - half, &out, outStride, product.before != nil)
        }
      }
    }
    var result: [Float] = []
    for row in 0...shape.rows {
      for column in 0..<outStride {
        let value = out[row * outStride + column]
        if row < shape.rows, column < shape.outputs {
          result.append(value)
        } else {
          #expect(value == guardValue, "row \(row), column \(column) overwritten")
        }
      }
    }
    return result
  }

  @Test("packing refuses -128", arguments: KernelTable.all)
  func refusesLeastByte(table: KernelTable) {
    var weights = [Int8](repeating: 1, count: 20 * 9)
    weights[97] = -128
    let ones = [Float](repeating: 1, count: 20)
    let layer = PackedLayer(
      table, outputs: 20, inputs: 9, weights: weights, scales: ones, bias: ones)
    #expect(!layer.isValid)
  }
}

/// Floats as bits, so that a comparison is exact and distinguishes zeros.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
