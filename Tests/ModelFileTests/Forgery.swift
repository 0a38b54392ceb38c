import CZstd
import ModelFile

/// Changes model files and makes their checksums right again, as an attacker would.
enum Forgery {
  enum Part: Int {
    case manifest = 32
    case directory = 64
  }

  struct NotFound: Error {}

  /// The file with another number in its header.
  static func patched(_ bytes: [UInt8], at offset: Int, size: Int, to value: UInt64) -> [UInt8] {
    var bytes = bytes
    put(value, size: size, at: offset, into: &bytes)
    put(Checksum.xxh64(bytes.span.bytes.extracting(0..<120)), size: 8, at: 120, into: &bytes)
    return bytes
  }

  /// The file with the first `find` in one of its two JSON parts replaced.
  static func replaced(
    _ bytes: [UInt8], part: Part, first find: String, with replace: String
  ) throws -> [UInt8] {
    let other = part == .manifest ? Part.directory : .manifest
    var json = unpacked(bytes, part)
    guard let range = json.firstRange(of: Array(find.utf8)) else { throw NotFound() }
    json.replaceSubrange(range, with: Array(replace.utf8))
    var parts: [Part: [UInt8]] = [part: json]
    parts[other] = unpacked(bytes, other)
    let oldLength = number(bytes, at: part.rawValue + 16)
    var forged = Array(bytes[..<number(bytes, at: Part.manifest.rawValue)])
    for part in [Part.manifest, .directory] {
      let raw = parts[part] ?? []
      forged += [UInt8](repeating: 0, count: (64 - forged.count % 64) % 64)
      var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(raw.count))
      let length = ZSTD_compress(&frame, frame.count, raw, raw.count, 1)
      frame.removeSubrange(length...)
      for (index, value) in [forged.count, length, raw.count].enumerated() {
        put(UInt64(value), size: 8, at: part.rawValue + 8 * index, into: &forged)
      }
      put(Checksum.xxh64(frame.span.bytes), size: 8, at: part.rawValue + 24, into: &forged)
      forged += frame
    }
    put(UInt64(forged.count), size: 8, at: 16, into: &forged)
    let total = number(bytes, at: 24) - oldLength + json.count
    return patched(forged, at: 24, size: 8, to: UInt64(total))
  }

  private static func unpacked(_ bytes: [UInt8], _ part: Part) -> [UInt8] {
    let start = number(bytes, at: part.rawValue)
    let frame = Array(bytes[start..<start + number(bytes, at: part.rawValue + 8)])
    var json = [UInt8](repeating: 0, count: number(bytes, at: part.rawValue + 16))
    ZSTD_decompress(&json, json.count, frame, frame.count)
    return json
  }

  private static func number(_ bytes: [UInt8], at offset: Int) -> Int {
    bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func put(_ value: UInt64, size: Int, at offset: Int, into bytes: inout [UInt8]) {
    for byte in 0..<size { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
  }
}
