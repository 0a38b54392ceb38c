import CKernels

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
    guard let table = unsafe ck_kernels_for(set.isa) else { throw .unavailableInstructionSet(set) }
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
    let panels = unsafe padded(layer.outputs) / panel
    unsafe withUnsafePointer(to: layer) { layer in
      unsafe withUnsafePointer(to: rows) { rows in
        unsafe table.pointee.linear(layer, rows, 0, panels, output, stride, accumulating)
      }
    }
  }
}

extension Int {
  func roundedUp(to unit: Int) -> Int {
    (self + unit - 1) / unit * unit
  }
}
