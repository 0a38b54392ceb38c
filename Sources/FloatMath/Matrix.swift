import Basics
import CFloatKernels

/// A row-major matrix of float32, `[rows, columns]`, with value semantics: copies share memory until one is written.
///
/// Legend of this module: `R` rows, `C` columns; a gradient of `x` is called `dx`.
public struct Matrix: Sendable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns; also the distance between rows.
  public let columns: Int
  private var storage: Storage

  /// The elements, which copies share.
  ///
  /// `@unchecked Sendable`: a matrix writes only after it has made sure that it is the sole owner, and
  /// otherwise only reads.
  private final class Storage: @unchecked Sendable {
    let buffer: AlignedBuffer<Float>
    init(count: Int) { buffer = AlignedBuffer(pooled: count) }
  }

  /// A matrix whose elements are whatever the memory held: for operations that write all of it.
  init(uninitializedRows rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows)x\(columns)")
    self.rows = rows
    self.columns = columns
    storage = Storage(count: rows * columns)
  }

  /// A matrix with every element set to `value`.
  public init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.init(uninitializedRows: rows, columns: columns)
    unsafe storage.buffer.base.initialize(repeating: value, count: count)
  }

  /// A matrix from its elements, row by row.
  ///
  /// - Precondition: `elements.count == rows · columns`.
  public init(rows: Int, columns: Int, _ elements: [Float]) {
    precondition(
      elements.count == rows * columns, "\(elements.count) elements for \(rows)x\(columns)")
    self.init(uninitializedRows: rows, columns: columns)
    unsafe elements.withUnsafeBufferPointer { source in
      if let base = source.baseAddress {
        unsafe storage.buffer.base.initialize(from: base, count: count)
      }
    }
  }

  /// `rows · columns`.
  public var count: Int { rows * columns }

  /// All elements, row by row.
  public var elements: [Float] {
    unsafe Array(UnsafeBufferPointer(start: pointer, count: count))
  }

  /// One element.
  ///
  /// Not for inner loops: each access is checked.
  public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      return unsafe pointer[row * columns + column]
    }
    set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      unsafe mutablePointer()[row * columns + column] = newValue
    }
  }

  /// Lends the elements for reading.
  public func withSpan<R, E: Error>(_ body: (Span<Float>) throws(E) -> R) throws(E) -> R {
    try storage.buffer.withSpan(body)
  }

  /// Lends the elements for writing.
  public mutating func withMutableSpan<R, E: Error>(
    _ body: (inout MutableSpan<Float>) throws(E) -> R
  ) throws(E) -> R {
    let start = unsafe mutablePointer()
    var span = unsafe MutableSpan(_unsafeStart: start, count: count)
    return try body(&span)
  }

  /// The first element, for reading while this matrix is alive (a parameter or a named constant of the caller).
  var pointer: UnsafePointer<Float> { unsafe UnsafePointer(storage.buffer.base) }

  /// The first element, for writing; copies first when the memory is shared.
  mutating func mutablePointer() -> UnsafeMutablePointer<Float> {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(count: count)
      unsafe copy.buffer.base.initialize(from: pointer, count: count)
      storage = copy
    }
    return unsafe storage.buffer.base
  }
}

extension Matrix {
  /// The rows of these indices, in their order; an index may occur more than once.
  public func gathering(rows indices: [Int]) -> Matrix {
    var result = Matrix(uninitializedRows: indices.count, columns: columns)
    let target = unsafe result.mutablePointer()
    for (row, index) in indices.enumerated() {
      precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
      unsafe (target + row * columns).update(from: pointer + index * columns, count: columns)
    }
    return result
  }

  /// Adds row `i` of `addend` to row `indices[i]`.
  public mutating func add(_ addend: Matrix, toRows indices: [Int]) {
    precondition(addend.rows == indices.count && addend.columns == columns)
    let target = unsafe mutablePointer()
    for (row, index) in indices.enumerated() {
      precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
      unsafe Kernels.table.pointee.scale_add(
        1, addend.pointer + row * columns, 1, target + index * columns, columns)
    }
  }

  /// Sets the rows from `start` to `kept · themselves + scale · source`, or to `scale · source` when `kept` is 0.
  public mutating func blend(
    _ source: Matrix, scale: Float = 1, keeping kept: Float = 0, fromRow start: Int
  ) {
    precondition(source.columns == columns && start >= 0 && start + source.rows <= rows)
    let target = unsafe mutablePointer() + start * columns
    if kept == 0 && scale == 1 {
      unsafe target.update(from: source.pointer, count: source.count)
    } else {
      unsafe Kernels.table.pointee.scale_add(scale, source.pointer, kept, target, source.count)
    }
  }

  /// The rows of a range.
  public subscript(rows range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    var result = Matrix(uninitializedRows: range.count, columns: columns)
    unsafe result.mutablePointer().update(
      from: pointer + range.lowerBound * columns, count: result.count)
    return result
  }

  /// The matrices one below the other.
  ///
  /// - Precondition: all have the same number of columns; there is at least one.
  public static func stacked(_ parts: [Matrix]) -> Matrix {
    precondition(!parts.isEmpty && parts.allSatisfy { $0.columns == parts[0].columns })
    var result = Matrix(
      uninitializedRows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns)
    var target = unsafe result.mutablePointer()
    for part in parts {
      unsafe target.update(from: part.pointer, count: part.count)
      unsafe target += part.count
    }
    return result
  }

  /// `self = kept · self + scale · other`.
  public mutating func add(_ other: Matrix, scale: Float = 1, keeping kept: Float = 1) {
    precondition(other.rows == rows && other.columns == columns)
    unsafe Kernels.table.pointee.scale_add(scale, other.pointer, kept, mutablePointer(), count)
  }

  /// The sum over rows, `[1, C]`: the gradient of a bias.
  public var columnSums: Matrix {
    var sums = Matrix(rows: 1, columns: columns)
    unsafe Kernels.table.pointee.add_column_sums(pointer, rows, columns, sums.mutablePointer())
    return sums
  }
}

extension Matrix {
  /// Multiplies every element.
  public mutating func scale(by factor: Float) {
    let target = unsafe mutablePointer()
    unsafe Kernels.table.pointee.scale_add(0, target, factor, target, count)
  }

  /// The column of each row's largest element; the first of equal ones.
  public var largestColumns: [Int] {
    withSpan { span in
      (0..<rows).map { row in
        (1..<max(columns, 1)).reduce(0) {
          span[row * columns + $1] > span[row * columns + $0] ? $1 : $0
        }
      }
    }
  }
}
