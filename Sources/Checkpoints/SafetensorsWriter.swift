import Basics

/// A tensor to write: float32, row-major.
public struct NamedTensor: Sendable, Equatable {
  /// The tensor's name in the file.
  public var name: String
  /// Outermost axis first; empty for a single number.
  public var shape: [Int]
  /// As many values as the shape has elements.
  public var values: [Float]

  /// A tensor to write.
  ///
  /// - Precondition: `values.count` is the product of `shape`.
  public init(_ name: String, shape: [Int], values: [Float]) {
    precondition(values.count == shape.reduce(1, *), "\(name): \(values.count) values for \(shape)")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

extension Checkpoint {
  /// Writes a safetensors file of float32 tensors: beside `path` first, then renamed, so that there is never half a file.
  ///
  /// - Parameters:
  ///   - tensors: with names of their own each.
  ///   - metadata: texts for the header.
  ///   - path: where to; what is there already is replaced.
  /// - Throws: `CheckpointError.system` when a call fails; nothing is left behind then.
  public static func write(
    _ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String
  ) throws(CheckpointError) {
    let header = header(tensors, metadata)
    let length = [UInt64(header.count).littleEndian]
    do {
      var file = try ReplacementFile(for: path)
      try file.append(RawSpan(_elements: length.span))
      try file.append(RawSpan(_elements: header.span))
      for tensor in tensors { try file.append(RawSpan(_elements: tensor.values.span)) }
      try file.commit()
    } catch {
      throw .system(path: path, call: "write", errno: error.code)
    }
  }

  /// The header in JSON, padded with spaces so that the tensors start at a multiple of 8.
  private static func header(_ tensors: [NamedTensor], _ metadata: [String: String]) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(json($0.key)):\(json($0.value))" }
      fields.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    var names: Set<String> = []
    for tensor in tensors {
      precondition(names.insert(tensor.name).inserted, "two tensors are called \(tensor.name)")
      let end = offset + tensor.values.count * MemoryLayout<Float>.size
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(json(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return header
  }

  /// A JSON string literal (RFC 8259, section 7).
  private static func json(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case "\u{0}"..."\u{1f}":
        let code = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}
