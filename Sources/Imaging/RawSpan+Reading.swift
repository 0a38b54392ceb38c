/// Reading of file headers; places outside the span are nil.
extension RawSpan {
  /// One byte.
  func byte(_ offset: Int) -> UInt8? { integer(offset) }

  /// Two bytes, most significant first.
  func big16(_ offset: Int) -> UInt16? { integer(offset) }

  /// Four bytes, most significant first.
  func big32(_ offset: Int) -> UInt32? { integer(offset) }

  /// An integer, most significant byte first.
  func integer<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> T? {
    guard offset >= 0, offset <= byteCount - MemoryLayout<T>.size else { return nil }
    return T(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Whether the bytes from `offset` on begin with these.
  func starts(with prefix: [UInt8], at offset: Int = 0) -> Bool {
    guard offset >= 0, offset <= byteCount - prefix.count else { return false }
    for index in prefix.indices
    where unsafe unsafeLoad(fromByteOffset: offset + index, as: UInt8.self) != prefix[index] {
      return false
    }
    return true
  }

  /// Where a byte occurs first, at `offset` or after it; nil where it does not.
  func first(_ byte: UInt8, from offset: Int) -> Int? {
    var place = offset
    while let found = self.byte(place) {
      if found == byte { return place }
      place += 1
    }
    return nil
  }
}
