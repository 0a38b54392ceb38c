import CFloatKernels

/// The vector kernels that this process uses: the fastest that the processor runs.
enum Kernels {
  // The table and all it points to are constants of the C target.
  nonisolated(unsafe) static let table: UnsafePointer<cf_kernels> = unsafe cf_kernels_best()
}

/// A transformer MLP's activation, forward and backward.
public enum Activation: String, Sendable, Codable, CaseIterable {
  /// `x · sigmoid(1.702 x)`: OpenAI's CLIP.
  case quickGELU = "quickgelu"
  /// `x · Phi(x)`, the exact GELU: most CLIPs trained with open_clip.
  case gelu
  /// GELU by its approximation with tanh: `x / 2 · (1 + tanh(sqrt(2 / π) (x + 0.044715 x³)))`.
  case tanhGELU = "gelu-tanh"

  private var kind: cf_activation {
    switch self {
    case .quickGELU: CF_QUICK_GELU
    case .gelu: CF_GELU
    case .tanhGELU: CF_TANH_GELU
    }
  }

  /// The activation of every element.
  public func forward(_ x: Matrix) -> Matrix {
    var y = Matrix(uninitializedRows: x.rows, columns: x.columns)
    unsafe Kernels.table.pointee.activate(x.pointer, y.mutablePointer(), x.count, kind)
    return y
  }

  /// Turns the gradient `dy` of the output into that of the input, in place.
  ///
  /// - Parameters:
  ///   - dy: `[r, C]` with `r <= R`: the gradient of the first `r` rows.
  ///   - x: `[R, C]`, the input of `forward`.
  public func backward(_ dy: inout Matrix, x: Matrix) {
    precondition(dy.columns == x.columns && dy.rows <= x.rows)
    unsafe Kernels.table.pointee.activate_backward(x.pointer, dy.mutablePointer(), dy.count, kind)
  }
}
