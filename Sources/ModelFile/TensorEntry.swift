/// A tensor's line in the directory of a model file.
public struct TensorEntry: Codable, Sendable, Equatable {
  /// The tensor's name.
  public let name: String
  /// The element type as written; ``DataType`` names those that this reader knows.
  public let dtype: String
  /// Sizes, outermost first.
  public let shape: [Int]
  /// Where the zstd frame begins, bytes from the start of the file; a multiple of 64.
  public let offset: Int
  /// Bytes of the zstd frame.
  public let compressedLength: Int
  /// Bytes of the tensor, unpacked.
  public let length: Int
  /// XXH64 of the zstd frame, 16 lower-case hexadecimal digits.
  public let checksum: String

  /// The element type, if this reader knows it.
  public var dataType: DataType? { DataType(rawValue: dtype) }

  /// Where the frame lies; the reader has checked that the numbers are valid.
  var part: Header.Part {
    Header.Part(
      offset: UInt64(offset), compressedLength: UInt64(compressedLength), length: UInt64(length),
      checksum: UInt64(checksum, radix: 16) ?? 0)
  }

  /// Type and shape as text: `i8 [768, 768]`.
  var form: String { formText(dtype, shape) }
}

/// Type and shape as text: `i8 [768, 768]`.
func formText(_ dtype: String, _ shape: [Int]) -> String { "\(dtype) \(shape)" }

/// Sixteen lower-case hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
