import CZstd
import Foundation
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
    let tensors = Array(bytes[..<number(bytes, at: Part.manifest.rawValue)])
    let oldLength = number(bytes, at: part.rawValue + 16)
    return assembled(
      tensors, [part: json, other: unpacked(bytes, other)],
      unpackedLength: number(bytes, at: 24) - oldLength + json.count)
  }

  /// The file with its last tensor's frame packed at another level.
  static func repacked(_ bytes: [UInt8], last entry: TensorEntry, level: Int32) throws -> [UInt8] {
    let end = entry.offset + entry.compressedLength
    let old = Array(bytes[entry.offset..<end])
    var values = [UInt8](repeating: 0, count: entry.length)
    ZSTD_decompress(&values, values.count, old, old.count)
    let frame = packed(values, level: level)
    var directory = String(decoding: unpacked(bytes, .directory), as: UTF8.self)
    func line(_ frame: [UInt8]) -> String {
      let digits = String(Checksum.xxh64(frame.span.bytes), radix: 16)
      let checksum = String(repeating: "0", count: 16 - digits.count) + digits
      return "\"checksum\":\"\(checksum)\",\"compressedLength\":\(frame.count),"
    }
    let parts = directory.components(separatedBy: line(old))
    guard parts.count == 2 else { throw NotFound() }
    directory = parts[0] + line(frame) + parts[1]
    let difference = directory.utf8.count - number(bytes, at: Part.directory.rawValue + 16)
    return assembled(
      Array(bytes[..<entry.offset]) + frame,
      [.manifest: unpacked(bytes, .manifest), .directory: Array(directory.utf8)],
      unpackedLength: number(bytes, at: 24) + difference)
  }

  /// A file of a header, tensors and the two JSON parts; `tensors` has the room of the header.
  private static func assembled(
    _ tensors: [UInt8], _ parts: [Part: [UInt8]], unpackedLength: Int
  ) -> [UInt8] {
    var forged = tensors
    for part in [Part.manifest, .directory] {
      let raw = parts[part] ?? []
      forged += [UInt8](repeating: 0, count: (64 - forged.count % 64) % 64)
      let frame = packed(raw, level: 1)
      for (index, value) in [forged.count, frame.count, raw.count].enumerated() {
        put(UInt64(value), size: 8, at: part.rawValue + 8 * index, into: &forged)
      }
      put(Checksum.xxh64(frame.span.bytes), size: 8, at: part.rawValue + 24, into: &forged)
      forged += frame
    }
    put(UInt64(forged.count), size: 8, at: 16, into: &forged)
    return patched(forged, at: 24, size: 8, to: UInt64(unpackedLength))
  }

  private static func packed(_ raw: [UInt8], level: Int32) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(raw.count))
    let length = ZSTD_compress(&frame, frame.count, raw, raw.count, level)
    frame.removeSubrange(length...)
    return frame
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
