import CFloatKernels
import COpenBLAS

/// Whether an operand of a product is used as it is or transposed.
public enum Orientation: Sendable {
  /// As stored.
  case plain
  /// Rows and columns exchanged.
  case transposed

  var flag: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }
}

enum BLAS {
  // OpenBLAS's own threads reach less than whole items on threads of ours (see `Workers`), and must not fight with them.
  private static let singleThreaded: Void = {
    cf_openblas_choose_kernels()
    openblas_set_num_threads(1)
  }()

  /// To be called before anything else of OpenBLAS.
  static func useOneThread() { _ = singleThreaded }

  /// `c = a b + beta c` on row-major memory: `a` is `[m, k]`, `b` is `[k, n]`, each possibly stored transposed.
  ///
  /// The C function is `cblas_sgemm`.
  static func multiply(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ aOrientation: Orientation,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ bOrientation: Orientation, keeping beta: Float,
    into c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    guard m > 0 && n > 0 else { return }
    useOneThread()
    unsafe cblas_sgemm(
      CblasRowMajor, aOrientation.flag, bOrientation.flag, blasint(m), blasint(n), blasint(k), 1, a,
      blasint(aStride), b, blasint(bStride), beta, c, blasint(cStride))
  }
}

extension Matrix {
  /// The product `a b`.
  ///
  /// - Precondition: the inner sizes agree.
  public static func product(_ a: Matrix, _ b: Matrix) -> Matrix { product(a, .plain, b) }

  /// The product `a b`, each operand possibly transposed.
  ///
  /// - Precondition: the inner sizes agree.
  public static func product(
    _ a: Matrix, _ aOrientation: Orientation, _ b: Matrix,
    _ bOrientation: Orientation = .plain
  ) -> Matrix {
    var c = Matrix(
      uninitializedRows: aOrientation == .plain ? a.rows : a.columns,
      columns: bOrientation == .plain ? b.columns : b.rows)
    c.setProduct(a, aOrientation, b, bOrientation, keeping: 0)
    return c
  }

  /// `self += a b`, each operand possibly transposed.
  ///
  /// - Precondition: the sizes agree.
  public mutating func addProduct(
    _ a: Matrix, _ aOrientation: Orientation, _ b: Matrix,
    _ bOrientation: Orientation = .plain
  ) {
    setProduct(a, aOrientation, b, bOrientation, keeping: 1)
  }

  private mutating func setProduct(
    _ a: Matrix, _ aOrientation: Orientation, _ b: Matrix, _ bOrientation: Orientation,
    keeping beta: Float
  ) {
    let m = aOrientation == .plain ? a.rows : a.columns
    let k = aOrientation == .plain ? a.columns : a.rows
    let n = bOrientation == .plain ? b.columns : b.rows
    precondition(
      k == (bOrientation == .plain ? b.rows : b.columns) && rows == m && columns == n,
      "product of \(a.rows)x\(a.columns) and \(b.rows)x\(b.columns) into \(rows)x\(columns)")
    unsafe BLAS.multiply(
      m: m, n: n, k: k, a.pointer, a.columns, aOrientation, b.pointer, b.columns, bOrientation,
      keeping: beta, into: mutablePointer(), columns)
  }
}
