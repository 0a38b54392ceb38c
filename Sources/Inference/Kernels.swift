import CKernels
import ModelFile

/// The functions of one instruction set, and what the engine calls them with.
///
/// Pointers here belong to the caller; shapes are those of `ckernels.h`.
@safe
struct Kernels: @unchecked Sendable {
  // Sendable: points to a constant table.
  let table: UnsafePointer<ck_kernels>
  let panel: Int
  let mask: UInt8

  init(_ set: InstructionSet) throws(InferenceError) {
    guard let table = unsafe set.table else { throw .unavailableInstructionSet(set) }
    unsafe self.table = unsafe table
    panel = unsafe Int(table.pointee.panel)
    mask = unsafe UInt8(table.pointee.activation_mask)
  }

  func packedSize(outputs: Int, inputs: Int) -> Int {
    unsafe ck_packed_size(table, outputs, inputs)
  }

  /// Columns of a linear layer rounded up to whole panels.
  func padded(_ outputs: Int) -> Int {
    outputs.roundedUp(to: panel)
  }

  /// `output` `[rows, stride]` = or += `rows` times all of `layer`.
  func linear(
    _ layer: ck_linear, _ rows: ck_rows, to output: UnsafeMutablePointer<Float>, stride: Int,
    accumulating: Bool = false
  ) {
    var product = unsafe ck_product(
      kernels: table, layer: layer, rows: rows, out: output, out_stride: stride,
      accumulate: accumulating)
    _ = unsafe ck_multiply(&product, 0, 0, ck_product_panels(&product))
  }
}

extension Manifest.Activation {
  /// The kernels' name for it.
  var kernel: ck_gelu {
    switch self {
    case .quickGELU: .quick
    case .gelu: .exact
    case .tanhGELU: .tanh
    }
  }
}

extension Int {
  func roundedUp(to unit: Int) -> Int {
    (self + unit - 1) / unit * unit
  }
}
