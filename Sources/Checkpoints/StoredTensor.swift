/// A tensor where it lies in a file: number format, shape, and strides over its storage.
struct StoredTensor: Sendable {
  let file: MappedFile
  let type: ElementType
  let shape: [Int]
  /// Steps between neighbours along each axis, in elements.
  let strides: [Int]
  /// The bytes that the tensor can touch: from its first element to its last.
  let range: Range<Int>
  let count: Int

  static let maximumAxes = 16

  /// A view of `storage`, checked: every element lies in it, and what it expands to is no larger than the file.
  ///
  /// - Parameters:
  ///   - file: where it is.
  ///   - type: of its elements.
  ///   - storage: the bytes of the storage in the file; must lie in it.
  ///   - offset: the index of the first element in the storage.
  ///   - shape: outermost axis first.
  ///   - strides: nil for row-major.
  /// - Throws: A message about the numbers that do not fit.
  init(
    file: MappedFile, type: ElementType, storage: Range<Int>, offset: Int, shape: [Int],
    strides: [Int]? = nil
  ) throws(LayoutFault) {
    let strides = if let strides { strides } else { try Self.rowMajor(shape) }
    guard shape.count == strides.count, shape.count <= Self.maximumAxes else {
      throw LayoutFault("shape \(shape) and strides \(strides) do not fit together")
    }
    guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      throw LayoutFault("offset \(offset), shape \(shape) or strides \(strides) are negative")
    }
    count = try Self.product(shape)
    var last = offset
    for (size, stride) in zip(shape, strides) where count > 0 {
      let (step, overflow1) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow2) = last.addingReportingOverflow(step)
      guard !overflow1, !overflow2 else { throw LayoutFault("strides \(strides) are too large") }
      last = sum
    }
    let elements = storage.count / type.byteCount
    guard count == 0 ? offset <= elements : last < elements else {
      throw LayoutFault(
        "shape \(shape) at offset \(offset) does not fit in its storage of \(elements) elements")
    }
    guard count <= file.count else {
      throw LayoutFault("shape \(shape) expands to more elements than the file has bytes")
    }
    self.file = file
    self.type = type
    self.shape = shape
    // A step along an axis of one element is never taken, so it may be any number, even one that overflows.
    self.strides = zip(shape, strides).map { size, stride in size == 1 ? 0 : stride }
    let start = storage.lowerBound + offset * type.byteCount
    range = start..<(count == 0 ? start : storage.lowerBound + (last + 1) * type.byteCount)
  }

  /// Why shape, strides and storage do not go together.
  struct LayoutFault: Error {
    let what: String
    init(_ what: String) { self.what = what }
  }

  static func product(_ shape: [Int]) throws(LayoutFault) -> Int {
    var product = 1
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else { throw LayoutFault("shape \(shape) is too large") }
      product = next
    }
    return product
  }

  private static func rowMajor(_ shape: [Int]) throws(LayoutFault) -> [Int] {
    _ = try product(shape.map { max($0, 1) })
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    }
    return strides
  }

  private var isRowMajor: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// All values in row-major order as `Float`; the mapped pages are given back afterwards.
  func floats() -> [Float] {
    defer { file.release(range) }
    return switch type {
    case .float64: gather(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .float32: gather(UInt32.self) { Float(bitPattern: $0) }
    case .float16: gather(UInt16.self, Self.half)
    case .bfloat16: gather(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int64: gather(Int64.self) { Float($0) }
    case .int32: gather(Int32.self) { Float($0) }
    case .int16: gather(Int16.self) { Float($0) }
    case .int8: gather(Int8.self) { Float($0) }
    case .uint8: gather(UInt8.self) { Float($0) }
    case .bool: gather(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// IEEE half to single, exactly: one multiplication, which compiles to vector code where a library call would not.
  @inline(__always)
  private static func half(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7fff) << 13
    let isFinite = bits & 0x7c00 != 0x7c00
    let value =
      isFinite ? (Float(bitPattern: magnitude) * 0x1p112).bitPattern : magnitude | 0x7f80_0000
    return Float(bitPattern: value | UInt32(bits & 0x8000) << 16)
  }

  @inline(__always)
  private func gather<Raw: FixedWidthInteger & BitwiseCopyable>(
    _ raw: Raw.Type, _ value: (Raw) -> Float
  ) -> [Float] {
    let size = MemoryLayout<Raw>.size
    var values = [Float](repeating: 0, count: count)
    guard count > 0 else { return values }
    file.withBytes(range) { bytes in
      if isRowMajor {
        for index in 0..<count {
          values[index] = value(
            Raw(
              littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: index * size, as: Raw.self)))
        }
        return
      }
      var position = [Int](repeating: 0, count: shape.count)
      var element = 0
      for index in 0..<count {
        values[index] = value(
          Raw(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
              fromByteOffset: element * size, as: Raw.self)))
        var axis = shape.count - 1
        while axis >= 0 {
          position[axis] += 1
          element += strides[axis]
          if position[axis] < shape[axis] { break }
          element -= strides[axis] * shape[axis]
          position[axis] = 0
          axis -= 1
        }
      }
    }
    return values
  }
}
