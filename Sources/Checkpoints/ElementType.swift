/// The number formats that checkpoints store tensors in.
public enum ElementType: String, Sendable, CaseIterable {
  case float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, bool

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// The type that safetensors headers call `code`, as in `F32`.
  init?(safetensors code: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsCode == code }) else { return nil }
    self = type
  }

  /// The name of the type in a safetensors header.
  var safetensorsCode: String {
    switch self {
    case .float64: "F64"
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }

  /// The type of the elements of a torch storage class, as in `torch FloatStorage`.
  init?(storageClass: String) {
    switch storageClass {
    case "torch DoubleStorage": self = .float64
    case "torch FloatStorage": self = .float32
    case "torch HalfStorage": self = .float16
    case "torch BFloat16Storage": self = .bfloat16
    case "torch LongStorage": self = .int64
    case "torch IntStorage": self = .int32
    case "torch ShortStorage": self = .int16
    case "torch CharStorage": self = .int8
    case "torch ByteStorage": self = .uint8
    case "torch BoolStorage": self = .bool
    default: return nil
    }
  }
}
