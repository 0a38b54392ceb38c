import Checkpoints
import Foundation
import TestSupport
import Testing

struct SafetensorsTests {
  @Test("What is written is read: values, shapes, order, metadata")
  func roundTrip() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/out.safetensors"
      let tensors = [
        NamedTensor(
          "z.last \"first\" \\ \u{1} é日", shape: [2, 2], values: [1, -2, .infinity, 0x1p-149]),
        NamedTensor("a", shape: [], values: [.pi]), NamedTensor("none", shape: [0, 7], values: []),
      ]
      let metadata = ["images": "[\"a b.jpg\"]\n", "quote\"": "\\ \u{1f} ü"]
      try Checkpoint.write(tensors, metadata: metadata, to: path)
      let checkpoint = try Checkpoint(path: path)
      #expect(checkpoint.metadata == metadata)
      #expect(checkpoint.tensors.count == 3)
      for tensor in tensors {
        #expect(checkpoint.tensor(tensor.name)?.shape == tensor.shape)
        #expect(checkpoint.tensor(tensor.name)?.type == .float32)
        #expect(try checkpoint.floats(tensor.name) == tensor.values)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.safetensors"])
    }
  }

  @Test("A file that cannot be written leaves nothing, and the old one as it was")
  func unwritable() throws {
    try withTemporaryDirectory { folder in
      let tensor = NamedTensor("a", shape: [1], values: [1])
      #expect(throws: CheckpointError.self) { try Checkpoint.write([tensor], to: folder + "/no/f") }
      // A folder that is not empty cannot be replaced by the rename.
      try FileManager.default.createDirectory(
        atPath: folder + "/f/x", withIntermediateDirectories: true)
      #expect(throws: CheckpointError.self) { try Checkpoint.write([tensor], to: folder + "/f") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["f"])
    }
  }

  /// A header and as many bytes of data.
  private static func file(_ header: String, _ dataCount: Int) -> [UInt8] {
    TorchBytes.bytes(UInt64(header.utf8.count)) + Array(header.utf8)
      + [UInt8](repeating: 0, count: dataCount)
  }

  private static func tensor(_ dtype: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
    "{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
  }

  @Test("Headers that contradict themselves are refused")
  func wrongHeaders() throws {
    let good = Self.tensor("F32", "[2]", 0, 8)
    try readAll(Self.file("{\"a\":\(good)}", 8))
    let wrong: [(header: String, dataCount: Int)] = [
      ("{\"a\":\(good)}", 7), ("{\"a\":\(good)}", 9), ("{\"a\":\(good),\"b\":\(good)}", 8),
      ("{\"a\":\(Self.tensor("F32", "[2]", 4, 12))}", 12),
      ("{\"a\":\(Self.tensor("F32", "[3]", 0, 8))}", 8),
      ("{\"a\":\(Self.tensor("F32", "[2]", 8, 0))}", 8),
      ("{\"a\":\(Self.tensor("F32", "[-2]", 0, 8))}", 8),
      ("{\"a\":\(Self.tensor("F32", "[4611686018427387904,4]", 0, 8))}", 8),
      ("{\"a\":\(Self.tensor("F32", "[2.5]", 0, 8))}", 8),
      ("{\"a\":\(Self.tensor("F32", "2", 0, 8))}", 8),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8), ("{\"a\":\(good)", 8), ("{}", 0), ("{", 0),
      ("{\"__metadata__\":{\"a\":1},\"a\":\(good)}", 8),
      ("{\"a\":" + String(repeating: "[", count: 100_000) + "}", 8),
    ]
    for (header, dataCount) in wrong {
      #expect(throws: CheckpointError.self, "\(header.prefix(80))") {
        try readAll(Self.file(header, dataCount))
      }
    }
    #expect(throws: CheckpointError.self) {
      try open([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] + Array("{}".utf8))
    }
  }

  @Test("A file that ends too early says how much of it is there")
  func cutShort() throws {
    let whole = Self.file("{\"a\":\(Self.tensor("F32", "[2]", 0, 8))}", 8)
    try withTemporaryDirectory { folder in
      let path = folder + "/f.safetensors"
      for count in 9..<whole.count {
        try Data(whole[..<count]).write(to: URL(filePath: path))
        // What a file without its whole header needs besides is not known.
        let needed = count < whole.count - 8 ? whole.count - 8 : whole.count
        #expect(throws: CheckpointError.cutShort(path: path, found: count, needed: needed)) {
          try Checkpoint(path: path)
        }
      }
      let error = CheckpointError.cutShort(path: path, found: 10, needed: 30)
      #expect("\(error)".contains("cut short: 10 of 30 bytes"))
    }
  }

  @Test("A tensor of an unknown type does not hide the others")
  func unknownType() throws {
    let header =
      "{\"a\":\(Self.tensor("F8_E4M3", "[2]", 0, 2)),\"b\":\(Self.tensor("U8", "[2]", 2, 4))}"
    let checkpoint = try open(Self.file(header, 4))
    #expect(try checkpoint.floats("b") == [0, 0])
    let error = try #require(throws: CheckpointError.self) { try checkpoint.floats("a") }
    #expect("\(error)".contains("F8_E4M3"), "\(error)")
  }

  @Test("An index joins files of its folder, and of no other")
  func shards() throws {
    try withTemporaryDirectory { folder in
      try Checkpoint.write(
        [NamedTensor("a", shape: [1], values: [1])], to: folder + "/1.safetensors")
      try Checkpoint.write(
        [NamedTensor("b", shape: [1], values: [2])], to: folder + "/2.safetensors")
      func index(_ map: String) throws -> Checkpoint {
        let path = folder + "/model.safetensors.index.json"
        try "{\"metadata\":{\"total_size\":8},\"weight_map\":{\(map)}}".write(
          toFile: path, atomically: true, encoding: .utf8)
        return try Checkpoint(path: path)
      }
      let checkpoint = try index("\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"")
      #expect(try checkpoint.floats("a") == [1] && checkpoint.floats("b") == [2])
      #expect(checkpoint.tensors.map(\.name) == ["a", "b"])
      for map in [
        "\"a\":\"../1.safetensors\"", "\"a\":\"/etc/passwd\"", "\"a\":\"\"",
        "\"a\":\"3.safetensors\"", "", "\"a\":1",
      ] {
        #expect(throws: CheckpointError.self, "\(map)") { try index(map) }
      }
    }
  }
}
