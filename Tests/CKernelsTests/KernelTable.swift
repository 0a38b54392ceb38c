import CKernels
import TestSupport
import Testing

/// A kernel table that this processor can run, by name.
struct KernelTable: @unchecked Sendable, CustomTestStringConvertible {
  // Sendable: points to a constant.
  let isa: ck_isa
  let pointer: UnsafePointer<ck_kernels>

  var functions: ck_kernels { pointer.pointee }
  var mask: UInt8 { UInt8(functions.activation_mask) }
  var testDescription: String { String(cString: functions.name) }

  static let scalar = all[0]

  /// All of this processor's, scalar first.
  static let all: [KernelTable] =
    [ck_isa.scalar, .avx2, .avxvnni, .avx512vnni, .neon, .dotprod, .i8mm].compactMap { isa in
      ck_kernels_for(isa).map { KernelTable(isa: isa, pointer: $0) }
    }
}

/// The numbers that the tests draw.
extension SplitMix64 {
  mutating func floats(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in normal() * scale }
  }

  mutating func int8s(_ count: Int, in range: ClosedRange<Int8>) -> [Int8] {
    (0..<count).map { _ in Int8.random(in: range, using: &self) }
  }
}

/// A linear layer packed for a table, with what the packing was made of.
final class PackedLayer {
  let layer: ck_linear
  let isValid: Bool
  let weights: [Int8]
  let scales: [Float]
  let bias: [Float]
  private let buffers: [UnsafeMutableRawPointer]

  init(
    _ table: KernelTable, outputs: Int, inputs: Int, weights: [Int8], scales: [Float],
    bias: [Float]
  ) {
    func allocate<T>(_ count: Int, _: T.Type) -> UnsafeMutablePointer<T> {
      let raw = UnsafeMutableRawPointer.allocate(
        byteCount: count * MemoryLayout<T>.size, alignment: 64)
      raw.initializeMemory(as: UInt8.self, repeating: 0, count: count * MemoryLayout<T>.size)
      return raw.assumingMemoryBound(to: T.self)
    }
    let padded = (outputs + 63) / 64 * 64
    let packed = allocate(ck_packed_size(table.pointer, outputs, inputs), Int8.self)
    let sums = allocate(padded, Int32.self)
    let scaleBuffer = allocate(padded, Float.self)
    let biasBuffer = allocate(padded, Float.self)
    scaleBuffer.update(from: scales, count: outputs)
    biasBuffer.update(from: bias, count: outputs)
    isValid = ck_pack(table.pointer, weights, outputs, inputs, packed, sums)
    layer = ck_linear(
      weights: packed, sums: sums, scales: scaleBuffer, bias: biasBuffer, outputs: outputs,
      inputs: inputs)
    self.weights = weights
    self.scales = scales
    self.bias = bias
    buffers = [
      UnsafeMutableRawPointer(packed), UnsafeMutableRawPointer(sums),
      UnsafeMutableRawPointer(scaleBuffer), UnsafeMutableRawPointer(biasBuffer),
    ]
  }

  deinit {
    for buffer in buffers { buffer.deallocate() }
  }
}
