import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files made byte by byte, for tests of what no program would write.
enum TorchBytes {
  /// How a zip is to be odd.
  struct Oddity: OptionSet {
    let rawValue: Int
    static let zip64 = Oddity(rawValue: 1)
    static let deflated = Oddity(rawValue: 2)
    static let encrypted = Oddity(rawValue: 4)
  }

  /// A zip of stored entries; with `.zip64` every size, count and offset is in the 64-bit records.
  static func zip(_ entries: [(name: String, data: [UInt8])], _ oddity: Oddity = []) -> [UInt8] {
    let isLarge = oddity.contains(.zip64)
    let flags: UInt16 = oddity.contains(.encrypted) ? 1 : 0
    let method: UInt16 = oddity.contains(.deflated) ? 8 : 0
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, data) in entries {
      let header = file.count
      let size = isLarge ? UInt32.max : UInt32(data.count)
      let start = bytes(UInt16(45)) + bytes(flags) + bytes(method) + [UInt8](repeating: 0, count: 8)
      let sizes = bytes(size) + bytes(size) + bytes(UInt16(name.utf8.count))
      var large = isLarge ? bytes(UInt64(data.count)) + bytes(UInt64(data.count)) : []
      func extra() -> [UInt8] {
        guard isLarge else { return [] }
        // A field of another kind comes first, to be passed over.
        var fields = bytes(UInt16(0x5455)) + bytes(UInt16(1))
        fields.append(0)
        fields += bytes(UInt16(1)) + bytes(UInt16(large.count))
        return fields + large
      }
      file += bytes(UInt32(0x0403_4b50)) + start + sizes + bytes(UInt16(extra().count))
      file += Array(name.utf8) + extra() + data
      if isLarge { large += bytes(UInt64(header)) }
      directory += bytes(UInt32(0x0201_4b50)) + bytes(UInt16(45)) + start + sizes
      directory += bytes(UInt16(extra().count)) + [UInt8](repeating: 0, count: 10)
      directory += bytes(isLarge ? UInt32.max : UInt32(header)) + Array(name.utf8) + extra()
    }
    let start = file.count
    file += directory
    if isLarge {
      let record = file.count
      file += bytes(UInt32(0x0606_4b50)) + bytes(UInt64(44)) + [UInt8](repeating: 0, count: 12)
      file += bytes(UInt64(entries.count)) + bytes(UInt64(entries.count))
      file += bytes(UInt64(directory.count)) + bytes(UInt64(start))
      file +=
        bytes(UInt32(0x0706_4b50)) + bytes(UInt32(0)) + bytes(UInt64(record)) + bytes(UInt32(1))
    }
    let count = isLarge ? UInt16.max : UInt16(entries.count)
    file += bytes(UInt32(0x0605_4b50)) + bytes(UInt32(0)) + bytes(count) + bytes(count)
    file +=
      bytes(isLarge ? UInt32.max : UInt32(directory.count))
      + bytes(isLarge ? UInt32.max : UInt32(start))
    return file + bytes(UInt16(0))
  }

  /// A torch zip of a pickle and one storage, called 0, of four floats 1, 2, 3, 4.
  static func torch(_ pickle: [UInt8], _ oddity: Oddity = []) -> [UInt8] {
    let storage = ([1, 2, 3, 4] as [Float]).flatMap { bytes($0.bitPattern) }
    return zip([("a/data.pkl", pickle), ("a/data/0", storage)], oddity)
  }

  /// A pickle of protocol 2 around `body`.
  static func pickle(_ body: [UInt8]) -> [UInt8] { [0x80, 2] + body + Array(".".utf8) }

  static func text(_ text: String) -> [UInt8] {
    Array("X".utf8) + bytes(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func integer(_ value: Int) -> [UInt8] {
    Int32(exactly: value).map { Array("J".utf8) + bytes($0) } ?? [0x8a, 8] + bytes(value)
  }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  static func tuple(_ parts: [UInt8]...) -> [UInt8] {
    Array("(".utf8) + parts.joined() + Array("t".utf8)
  }

  static func call(_ module: String, _ name: String, _ arguments: [UInt8]) -> [UInt8] {
    global(module, name) + arguments + Array("R".utf8)
  }

  /// The storage of four floats.
  static func storage(_ name: String = "FloatStorage", key: String = "0", count: Int = 4) -> [UInt8]
  {
    tuple(text("storage"), global("torch", name), text(key), text("cpu"), integer(count))
      + Array("Q".utf8)
  }

  /// A view of it.
  static func tensor(
    shape: [Int] = [4], strides: [Int] = [1], offset: Int = 0, key: String = "0", count: Int = 4,
    storage: String = "FloatStorage"
  ) -> [UInt8] {
    func numbers(_ list: [Int]) -> [UInt8] {
      Array("(".utf8) + list.flatMap(integer) + Array("t".utf8)
    }
    let arguments = tuple(
      Self.storage(storage, key: key, count: count), integer(offset), numbers(shape),
      numbers(strides), [0x89],
      Array(")".utf8))
    return call("torch._utils", "_rebuild_tensor_v2", arguments)
  }

  static func dictionary(_ items: [(key: String, value: [UInt8])]) -> [UInt8] {
    Array("}(".utf8) + items.flatMap { text($0.key) + $0.value } + Array("u".utf8)
  }

  static func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}

/// Opens bytes as a checkpoint.
func open(_ bytes: [UInt8]) throws -> Checkpoint {
  try withTemporaryDirectory { folder in
    let path = folder + "/file"
    try Data(bytes).write(to: URL(filePath: path))
    return try Checkpoint(path: path)
  }
}

/// Opens bytes and reads every tensor.
func readAll(_ bytes: [UInt8]) throws {
  try withTemporaryDirectory { try readAll(bytes, path: $0 + "/file") }
}

/// Writes bytes to a file, opens it and reads every tensor.
func readAll(_ bytes: [UInt8], path: String) throws {
  // A stream, since `Data.write` waits for the disk, and there are tens of thousands of files.
  let stream = try #require(OutputStream(toFileAtPath: path, append: false))
  stream.open()
  defer { unlink(path) }
  if !bytes.isEmpty { #expect(stream.write(bytes, maxLength: bytes.count) == bytes.count) }
  stream.close()
  let checkpoint = try Checkpoint(path: path)
  for tensor in checkpoint.tensors { _ = try checkpoint.floats(tensor.name) }
}

/// The folder of the fixtures.
let fixtures = URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/"

/// The bytes of a fixture.
func fixture(_ name: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: fixtures + name)))
}
