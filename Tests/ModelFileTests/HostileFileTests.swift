import Foundation
import ModelFile
import TestSupport
import Testing

/// Files that are damaged by accident or on purpose.
@Suite struct HostileFileTests {
  static let fixture = ModelFixture(
    .mmrlPlusPlus, layers: 2, representationLayers: [2], imageSize: 16, width: 8, heads: 2,
    embedDim: 4, tokenCount: 2)

  static let bytes: [UInt8] = {
    let written = try? withTemporaryDirectory { directory in
      try fixture.write(to: directory + "/m.mmrl")
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory + "/m.mmrl")))
    }
    return written ?? []
  }()

  /// Opens a model file of these bytes, which is gone from its folder again then.
  static func open(
    _ bytes: [UInt8], limit: UInt64 = ModelReader.defaultLimit
  ) throws -> ModelReader {
    let path = NSTemporaryDirectory() + "/hostile-\(UUID().uuidString).mmrl"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { unlink(path) }
    return try ModelReader(path: path, limit: limit)
  }

  /// Opens a model and reads all of it.
  private func readAll(_ bytes: [UInt8]) throws {
    let reader = try Self.open(bytes)
    for entry in reader.directory { try read(entry, of: reader) }
  }

  private func read(_ entry: TensorEntry, of reader: ModelReader) throws {
    if entry.dataType == .int8 {
      _ = try reader.int8s(entry.name)
    } else {
      _ = try reader.floats(entry.name)
    }
  }

  @Test func theUndamagedFileIsRead() throws {
    #expect(Self.bytes.count > 1000)
    try readAll(Self.bytes)
  }

  @Test func everyTruncationThrows() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/m.mmrl"
      try Data(Self.bytes).write(to: URL(fileURLWithPath: path))
      for length in (0..<Self.bytes.count).reversed() {
        try #require(truncate(path, length) == 0)
        #expect(throws: ModelFileError.self, "\(length)") { try ModelReader(path: path) }
      }
    }
  }

  /// Every byte of the file is covered by a checksum or must be zero.
  @Test func everyDamagedByteIsFound() throws {
    var random = SplitMix64(seed: 3)
    // Each tensor's frame and the zeros after it; a byte of every tensor at a time, since each is refused by itself.
    let tensors = try Self.open(Self.bytes).directory.map { entry in
      (entry: entry, bytes: entry.offset..<(entry.offset + entry.compressedLength + 63) / 64 * 64)
    }
    try withTemporaryDirectory { directory in
      let path = directory + "/m.mmrl"
      try Data(Self.bytes).write(to: URL(fileURLWithPath: path))
      let file = try #require(FileHandle(forWritingAtPath: path))
      func put(_ byte: UInt8, at position: Int) throws {
        try file.seek(toOffset: UInt64(position))
        try file.write(contentsOf: [byte])
      }
      func damage(_ position: Int) throws {
        try put(Self.bytes[position] ^ UInt8.random(in: 1...255, using: &random), at: position)
      }
      for step in 0..<(tensors.map(\.bytes.count).max() ?? 0) {
        let hit = tensors.filter { step < $0.bytes.count }
        for (_, bytes) in hit { try damage(bytes.lowerBound + step) }
        let reader = try ModelReader(path: path)
        for (entry, bytes) in hit {
          #expect(throws: ModelFileError.self, "byte \(step) of \(entry.name)") {
            try read(entry, of: reader)
          }
          try put(Self.bytes[bytes.lowerBound + step], at: bytes.lowerBound + step)
        }
      }
      let first = try #require(tensors.first).bytes.lowerBound
      let end = try #require(tensors.last).bytes.upperBound
      for position in Array(0..<first) + Array(end..<Self.bytes.count) {
        try damage(position)
        #expect(throws: ModelFileError.self, "byte \(position)") { try ModelReader(path: path) }
        try put(Self.bytes[position], at: position)
      }
      // All is as it was.
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(Self.bytes))
    }
  }

  @Test func bytesAfterTheEndAreFound() {
    #expect(throws: ModelFileError.self) { try Self.open(Self.bytes + [0]) }
  }

  @Test func otherFilesAreNotModels() {
    #expect(throws: ModelFileError.notAModel) { try Self.open([]) }
    #expect(throws: ModelFileError.notAModel) {
      try Self.open(Array("PK\u{3}\u{4} some other file".utf8))
    }
  }

  @Test func otherVersionsAreRefused() {
    for version: UInt8 in [0, 6] {
      var bytes = Self.bytes
      bytes[8] = version
      #expect(throws: ModelFileError.unsupportedVersion(found: UInt32(version), supported: 5)) {
        try Self.open(bytes)
      }
    }
  }

  @Test func theLimitHolds() throws {
    let needed = try Self.open(Self.bytes).directory.reduce(0) { $0 + $1.length }
    #expect(throws: ModelFileError.self) {
      try Self.open(Self.bytes, limit: UInt64(needed))
    }
  }

  @Test("A short file cannot ask for gigabytes, whatever it packs into few bytes")
  func unpackingToFarMoreThanItsLength() throws {
    let limit: UInt64 = 256 << 20
    let forged = Forgery.patched(Self.bytes, at: 24, size: 8, to: limit + 1)
    #expect(throws: ModelFileError.tooLarge(needed: limit + 1, limit: limit)) {
      try Self.open(forged)
    }
  }

  @Test func systemErrorsNameTheFile() {
    #expect(throws: ModelFileError.system(call: "open", path: "/no/such.mmrl", code: ENOENT)) {
      try ModelReader(path: "/no/such.mmrl")
    }
    #expect(throws: ModelFileError.system(call: "open", path: "/tmp", code: EISDIR)) {
      try ModelReader(path: "/tmp")
    }
    #expect(throws: ModelFileError.self) { _ = try ModelWriter(path: "/no/such/place.mmrl") }
  }

  /// Header fields that lie, with a header checksum that does not.
  @Test(arguments: [
    (16, 8), (24, 8), (32, 8), (40, 8), (48, 8), (56, 8), (64, 8), (72, 8), (80, 8), (88, 8),
    (12, 4),
  ])
  func headerFieldsAreChecked(offset: Int, size: Int) {
    let original = Self.bytes[offset..<offset + size].reversed().reduce(UInt64(0)) {
      $0 << 8 | UInt64($1)
    }
    let lies: [UInt64] = [
      0, 1, original &+ 1, original &- 1, original &+ 64, original << 32, .max, .max / 2,
      1 << 63, .max - 63,
    ]
    for lie in lies where lie != original {
      #expect(throws: ModelFileError.self, "\(lie) at \(offset)") {
        try readAll(Forgery.patched(Self.bytes, at: offset, size: size, to: lie))
      }
    }
  }

  /// Directory lines that lie, in a file whose checksums are all right.
  @Test(arguments: [
    ("\"offset\":128", "\"offset\":192"), ("\"offset\":128", "\"offset\":-64"),
    ("\"offset\":128", "\"offset\":9223372036854775807"), ("\"length\":1536", "\"length\":1537"),
    ("\"length\":1536", "\"length\":0"), ("\"length\":1536", "\"length\":9223372036854775807"),
    ("\"shape\":[8,192]", "\"shape\":[8,193]"), ("\"shape\":[8,192]", "\"shape\":[192,8]"),
    ("\"shape\":[8,192]", "\"shape\":[-8,-192]"),
    ("\"shape\":[8,192]", "\"shape\":[4294967296,4294967296]"),
    ("\"shape\":[8,192]", "\"shape\":[]"), ("\"dtype\":\"i8\"", "\"dtype\":\"i4\""),
    ("visual.patch.weight", "visual.patch.wight"), ("visual.patch.bias", "visual.patch.scale"),
    ("\"checksum\":\"", "\"checksum\":\"x"), ("\"shape\"", "\"form\""),
  ])
  func directoryLinesAreChecked(find: String, replace: String) throws {
    let forged = try Forgery.replaced(
      Self.bytes, part: .directory, first: find, with: replace)
    #expect(throws: ModelFileError.self) { try readAll(forged) }
  }

  @Test(arguments: [
    ("\"width\":8", "\"width\":16"), ("\"width\":8", "\"width\":-8"),
    ("\"width\":8", "\"width\":1e30"), ("\"width\":8", "\"width\":\"8\""),
    ("\"layers\":2", "\"layers\":1000000"), ("\"heads\":2", "\"heads\":3"),
    ("\"heads\":2", "\"heads\":0"), ("\"patchSize\":8", "\"patchSize\":0"),
    ("\"patchSize\":8", "\"patchSize\":17"), ("\"beta\":0.6", "\"beta\":1.5"),
    ("\"representationLayers\":[2]", "\"representationLayers\":[3]"),
    ("\"representationLayers\":[2]", "\"representationLayers\":[0]"),
    ("\"representationLayers\":[2]", "\"representationLayers\":[]"),
    ("\"method\":\"mmrl++\"", "\"method\":\"mmrl+++\""), ("novel 1", "novel 0"),
    ("\"kind\":\"novel\"", "\"kind\":\"known\""), ("\"size\":16", "\"size\":15"),
    ("\"geometry\"", "\"geometrie\""), ("{", "["), ("\"mean\":[", "\"mean\":[0.1,"),
  ])
  func manifestFieldsAreChecked(find: String, replace: String) throws {
    let forged = try Forgery.replaced(Self.bytes, part: .manifest, first: find, with: replace)
    #expect(throws: ModelFileError.self) { try readAll(forged) }
  }

  @Test func deepJSONDoesNotOverflowTheStack() throws {
    let nested = String(repeating: "[", count: 200_000)
    let forged = try Forgery.replaced(
      Self.bytes, part: .manifest, first: "\"alpha\":", with: "\"x\":\(nested),\"alpha\":")
    #expect(throws: ModelFileError.self) { try Self.open(forged) }
  }

  @Test func unknownFieldsAreIgnored() throws {
    let manifest = try Forgery.replaced(
      Self.bytes, part: .manifest, first: "\"alpha\":", with: "\"later\":{\"x\":[1]},\"alpha\":")
    try readAll(manifest)
    let directory = try Forgery.replaced(
      Self.bytes, part: .directory, first: "\"dtype\":", with: "\"later\":null,\"dtype\":")
    try readAll(directory)
  }

  @Test func duplicatesNameTheLabel() throws {
    let forged = try Forgery.replaced(
      Self.bytes, part: .manifest, first: "novel 1", with: "novel 0")
    let error = #expect(throws: ModelFileError.self) { try Self.open(forged) }
    #expect("\(try #require(error))".contains("\"novel 0\" is twice in the novel set"))
  }

  /// What is copied is packed: a damaged frame is found before it is written.
  @Test func damageIsNotCopied() throws {
    var bytes = Self.bytes
    let entry = try #require(try Self.open(bytes).entry("visual.position"))
    bytes[entry.offset + entry.compressedLength / 2] ^= 1
    let damaged = try Self.open(bytes)
    try withTemporaryDirectory { directory in
      var writer = try ModelWriter(path: directory + "/m.mmrl")
      try writer.copy("visual.patch.weight", of: damaged)
      for (name, expected) in [
        ("visual.position", "the checksum of tensor visual.position does not match"),
        ("no such", "without the tensor no such"),
      ] {
        do {
          try writer.copy(name, of: damaged)
          Issue.record("\(name) was copied")
        } catch { #expect("\(error)".contains(expected)) }
      }
    }
  }

  /// A file whose only wrong thing is a value, with checksums that are right.
  private func withValue(_ value: Float, _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let source = try Self.open(Self.bytes)
      var writer = try ModelWriter(path: directory + "/m.mmrl")
      for entry in source.directory {
        guard entry.name == "visual.position" else {
          try writer.copy(entry.name, of: source)
          continue
        }
        var values = try source.floats(entry.name)
        values[values.count - 1] = value
        try writer.add(entry.name, .float32, shape: entry.shape, bytes: values.span.bytes)
      }
      try writer.finish(source.manifest)
      try writer.commit()
      try body(directory + "/m.mmrl")
    }
  }

  @Test func valuesAreFinite() throws {
    try withValue(1) { _ = try ModelReader(path: $0).floats("visual.position") }
    for value in [Float.nan, .infinity, -.infinity] {
      try withValue(value) { path in
        #expect(throws: ModelFileError.notFinite("visual.position")) {
          try ModelReader(path: path).floats("visual.position")
        }
      }
      try withTemporaryDirectory { directory in
        var writer = try ModelWriter(path: directory + "/m.mmrl")
        do {
          try writer.add("a", shape: [2], [0, value])
          Issue.record("\(value) was written")
        } catch { #expect(error as? ModelFileError == .notFinite("a")) }
      }
    }
  }
}
