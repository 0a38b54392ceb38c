import Foundation

/// A safetensors file, as another program would read it.
struct FeatureFile {
  struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  let metadata: [String: String]
  let entries: [String: Entry]
  private let content: Data

  init(_ path: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = bytes.dropFirst(8).prefix(length)
    content = Data(bytes.dropFirst(8 + length))
    struct Metadata: Decodable { var __metadata__: [String: String]? }
    metadata = try JSONDecoder().decode(Metadata.self, from: header).__metadata__ ?? [:]
    var entries: [String: Entry] = [:]
    let names = try JSONSerialization.jsonObject(with: header) as? [String: Any] ?? [:]
    for (name, value) in names where name != "__metadata__" {
      entries[name] = try JSONDecoder().decode(
        Entry.self, from: JSONSerialization.data(withJSONObject: value))
    }
    self.entries = entries
  }

  /// The values of a float tensor, row by row.
  func rows(_ name: String) -> [[Float]] {
    guard let entry = entries[name], entry.dtype == "F32", entry.shape.count == 2 else { return [] }
    let bytes = [UInt8](content[entry.data_offsets[0]..<entry.data_offsets[1]])
    let values = bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: 4).map { start -> Float in
        let bits = raw.loadUnaligned(fromByteOffset: start, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
    return (0..<entry.shape[0]).map { row in
      Array(values[row * entry.shape[1]..<(row + 1) * entry.shape[1]])
    }
  }

  /// A list that the metadata has as JSON.
  func list(_ key: String) throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data((metadata[key] ?? "").utf8))
  }
}
