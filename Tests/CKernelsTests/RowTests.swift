import CKernels
import TestSupport
import Testing

/// What a row kernel left: quantised bytes as signed numbers, scales, zero points, floats.
private struct RowResult: Equatable {
  var bytes: [Int8] = []
  var scales: [UInt32] = []
  var zeros: [Int32] = []
  var floats: [UInt32] = []
}

@Suite("The kernels on rows")
struct RowTests {
  static let shapes = [(1, 16), (3, 48), (4, 64), (5, 80), (9, 192), (6, 768)]

  /// Rows of ordinary numbers, and then a zero, a huge, a tiny and a subnormal one.
  static func rows(_ count: Int, width: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    let scales: [Float] = [1, 30, 0.001, 0, 1e30, 1e-32, .leastNonzeroMagnitude * 7136]
    return (0..<count).flatMap { row in
      random.floats(width, scale: row < 2 ? 2 : scales[row % scales.count])
    }
  }

  private func quantised(
    _ table: KernelTable, rows: Int, width: Int, body: (UnsafeMutablePointer<UInt8>, Int) -> Void
  ) -> [Int8] {
    let stride = width + 32
    var bytes = [UInt8](repeating: 0x77, count: 1 + rows * stride)
    bytes.withUnsafeMutableBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      body(start + 1, stride)
    }
    return (0..<rows).flatMap { row in
      #expect(
        bytes[(1 + row * stride + width)..<(1 + (row + 1) * stride)].allSatisfy { $0 == 0x77 })
      return (0..<width).map { Int8(bitPattern: bytes[1 + row * stride + $0] ^ table.mask) }
    }
  }

  @Test("LayerNorm", arguments: KernelTable.all, shapes)
  func layerNorm(table: KernelTable, shape: (rows: Int, width: Int)) {
    var random = SplitMix64(seed: 3)
    let x = Self.rows(shape.rows, width: shape.width, seed: 1)
    let gain = random.floats(shape.width)
    let bias = random.floats(shape.width)
    func run(_ table: KernelTable) -> RowResult {
      var out = [Float](repeating: 0, count: x.count)
      table.functions.layer_norm(x, shape.rows, shape.width, gain, bias, &out)
      var scales = [Float](repeating: 0, count: shape.rows)
      let bytes = quantised(table, rows: shape.rows, width: shape.width) { to, stride in
        table.functions.layer_norm_quantise(
          x, shape.rows, shape.width, gain, bias, to, stride, &scales)
      }
      return RowResult(bytes: bytes, scales: bits(scales), floats: bits(out))
    }
    let result = run(table)
    #expect(result == run(.scalar))
    for row in 0..<min(2, shape.rows) {
      let values = x[row * shape.width..<(row + 1) * shape.width].map(Double.init)
      let mean = values.reduce(0, +) / Double(shape.width)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shape.width)
      let scale = Double(Float(bitPattern: result.scales[row]))
      for column in 0..<shape.width {
        let expected =
          (values[column] - mean) / (variance + 1e-5).squareRoot() * Double(gain[column])
          + Double(bias[column])
        let found = Float(bitPattern: result.floats[row * shape.width + column])
        #expect(abs(Double(found) - expected) < 1e-5 * (1 + abs(expected)))
        let code = Double(result.bytes[row * shape.width + column])
        #expect(abs(code * scale - expected) < 0.501 * scale + 1e-5)
      }
    }
  }

  @Test("quantisation", arguments: KernelTable.all, shapes)
  func quantise(table: KernelTable, shape: (rows: Int, width: Int)) {
    let x = Self.rows(shape.rows, width: shape.width, seed: 2)
    func run(_ table: KernelTable) -> RowResult {
      var scales = [Float](repeating: 0, count: shape.rows)
      let bytes = quantised(table, rows: shape.rows, width: shape.width) { to, stride in
        table.functions.quantise(x, shape.rows, shape.width, to, stride, &scales)
      }
      return RowResult(bytes: bytes, scales: bits(scales))
    }
    let result = run(table)
    #expect(result == run(.scalar))
    #expect(!result.bytes.contains(-128))
    for index in x.indices {
      let scale = Float(bitPattern: result.scales[index / shape.width])
      guard scale > 0 else {
        #expect(result.bytes[index] == 0)
        continue
      }
      #expect(abs(Float(result.bytes[index]) - x[index] / scale) <= 0.501)
    }
  }

  @Test("GELU", arguments: KernelTable.all, shapes)
  func gelu(table: KernelTable, shape: (rows: Int, width: Int)) {
    for kind in [ck_gelu.quick, .exact] {
      let x = Self.rows(shape.rows, width: shape.width, seed: 4)
      func run(_ table: KernelTable) -> RowResult {
        var values = x
        var scales = [Float](repeating: 0, count: shape.rows)
        var zeros = [Int32](repeating: 0, count: shape.rows)
        let bytes = quantised(table, rows: shape.rows, width: shape.width) { to, stride in
          table.functions.gelu_quantise(
            &values, shape.rows, shape.width, kind, to, stride, &scales, &zeros)
        }
        return RowResult(bytes: bytes, scales: bits(scales), zeros: zeros, floats: bits(values))
      }
      let result = run(table)
      #expect(result == run(.scalar))
      for index in x.indices {
        let expected = geluReference(Double(x[index]), exact: kind == .exact)
        let found = Double(Float(bitPattern: result.floats[index]))
        #expect(abs(found - expected) <= 5e-6 * (0.1 + abs(expected)), "at \(x[index])")
        let row = index / shape.width
        let scale = Double(Float(bitPattern: result.scales[row]))
        let code = Double(Int32(result.bytes[index]) - result.zeros[row])
        #expect(abs(code * scale - found) <= 1.01 * scale)
      }
    }
  }

  @Test("queries, keys and values by head", arguments: KernelTable.all, [16, 40, 64, 88])
  func heads(table: KernelTable, headDim: Int) {
    let (rows, heads) = (5, 3)
    let headStride = ck_head_stride(headDim)
    let x = Self.rows(rows, width: heads * headDim + 7, seed: 5)
    func run(_ table: KernelTable) -> RowResult {
      var bytes = [UInt8](repeating: 0x77, count: heads * rows * headStride + 16)
      var scales = [Float](repeating: -1, count: heads * rows)
      table.functions.quantise_heads(
        x, heads * headDim + 7, rows, heads, headDim, 0, &bytes, headStride, rows * headStride,
        &scales, 1, rows)
      #expect(bytes.suffix(16).allSatisfy { $0 == 0x77 })
      return RowResult(
        bytes: bytes.dropLast(16).map { Int8(bitPattern: $0) }, scales: bits(scales))
    }
    let result = run(table)
    #expect(result == run(.scalar))
    for head in 0..<heads {
      for row in 0..<rows {
        let scale = Float(bitPattern: result.scales[head * rows + row])
        for channel in 0..<headStride {
          let code = result.bytes[(head * rows + row) * headStride + channel]
          guard channel < headDim, scale > 0 else {
            #expect(code == 0)
            continue
          }
          let value = x[row * (heads * headDim + 7) + head * headDim + channel]
          #expect(abs(Float(code) - value / scale) <= 0.501)
        }
      }
    }
  }

  @Test("projection and dot product", arguments: KernelTable.all, [1, 15, 16, 40, 64, 100])
  func project(table: KernelTable, outputs: Int) {
    var random = SplitMix64(seed: 6)
    let width = 48
    let x = random.floats(width)
    let w = random.floats(width * outputs)
    func run(_ table: KernelTable) -> [Float] {
      var out = [Float](repeating: 7, count: outputs + 1)
      table.functions.project(x, width, w, outputs, 0, outputs, &out)
      #expect(out[outputs] == 7)
      return out + [table.functions.dot(w, x, min(width, outputs))]
    }
    let result = run(table)
    #expect(bits(result) == bits(run(.scalar)))
    for output in 0..<outputs {
      let expected = (0..<width).reduce(0.0) {
        $0 + Double(x[$1]) * Double(w[$1 * outputs + output])
      }
      #expect(abs(Double(result[output]) - expected) < 1e-4)
    }
    let expected = (0..<min(width, outputs)).reduce(0.0) { $0 + Double(w[$1]) * Double(x[$1]) }
    #expect(abs(Double(result[outputs + 1]) - expected) < 1e-4)
  }

  @Test("softmax of scores", arguments: [1, 5, 16, 37])
  func softmax(count: Int) {
    var random = SplitMix64(seed: 8)
    let x = random.floats(count, scale: 20)
    var out = x
    ck_softmax(&out, count)
    let expected = softmaxReference(x.map(Double.init))
    for index in 0..<count {
      #expect(abs(Double(out[index]) - expected[index]) < 1e-5)
    }
  }
}
