import Foundation
import ModelFile
import TestSupport
import Testing

/// The part of a model file that only some have: the text tower.
@Suite struct TextTowerTests {
  private static let fixture = HostileFileTests.fixture.withText(layers: 2, heads: 2)

  private static let bytes: [UInt8] = {
    let written = try? withTemporaryDirectory { directory in
      try fixture.write(to: directory + "/m.mmrl")
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory + "/m.mmrl")))
    }
    return written ?? []
  }()

  @Test func manifestAndTensorsComeBack() throws {
    let reader = try HostileFileTests.open(Self.bytes)
    #expect(reader.manifest == Self.fixture.manifest)
    let all = Self.fixture.manifest.tensors.filter(\.isRequired).map(\.name)
    #expect(reader.directory.map(\.name) == all)
    #expect(try reader.int32s("text.vocabulary.merges") == [99, 97, 512, 512, 372, 513])
    #expect(try reader.int32s("text.vocabulary.bytes") == Array(0..<512))
    #expect(try reader.int8s("text.embedding.weight").count == 516 * 16)
    #expect(throws: ModelFileError.self) { try reader.floats("text.vocabulary.bytes") }
    #expect(throws: ModelFileError.self) { try reader.int32s("text.position") }
    // What knows nothing of text towers finds all it needs in its place.
    let names = HostileFileTests.fixture.manifest.tensors.filter(\.isRequired).map(\.name)
    #expect(Array(reader.directory.map(\.name).prefix(names.count)) == names)
  }

  @Test func aModelWithoutOneIsAsBefore() throws {
    let manifest = try HostileFileTests.open(HostileFileTests.bytes).manifest
    #expect(manifest.text == nil)
    #expect(!manifest.tensors.contains { $0.name.hasPrefix("text.blocks.") })
  }

  @Test(arguments: [
    ("\"contextLength\":12", "\"contextLength\":13"),
    ("\"contextLength\":12", "\"contextLength\":1"),
    ("\"contextLength\":12", "\"contextLength\":70000"),
    ("\"vocabularySize\":516", "\"vocabularySize\":517"),
    ("\"vocabularySize\":516", "\"vocabularySize\":515"),
    ("\"vocabularySize\":516", "\"vocabularySize\":0"),
    ("\"vocabularySize\":516", "\"vocabularySize\":4611686018427387904"),
    ("\"mlpWidth\":64", "\"mlpWidth\":65"), ("\"mlpWidth\":64", "\"mlpWidth\":-64"),
    ("\"merges\":2", "\"merges\":3"), ("\"merges\":2", "\"merges\":0"),
    ("\"merges\":2", "\"merges\":9223372036854775807"),
    ("\"end\":515", "\"end\":516"), ("\"start\":514", "\"start\":-1"),
    ("\"kind\":\"clip\"", "\"kind\":\"words\""), ("\"textWidth\":16", "\"textWidth\":17"),
    ("\"textWidth\":16", "\"textWidth\":32"), ("\"tokenizer\"", "\"tokeniser\""),
  ])
  func manifestFieldsAreChecked(find: String, replace: String) throws {
    let forged = try Forgery.replaced(Self.bytes, part: .manifest, first: find, with: replace)
    #expect(throws: ModelFileError.self) { try HostileFileTests.open(forged) }
  }

  @Test func sizesAreCheckedAgainstEachOther() throws {
    var manifest = Self.fixture.manifest
    for heads in [0, 3, 17] {
      manifest.text?.heads = heads
      #expect(throws: ModelFileError.self) { try manifest.validate() }
    }
    manifest.text?.heads = 16
    try manifest.validate()
    for layers in [0, 1, 1 << 17] {
      // The adapter has tokens at layer 2.
      manifest.text?.layers = layers
      #expect(throws: ModelFileError.self) { try manifest.validate() }
    }
  }

  @Test(arguments: [
    ("text.embedding.weight", "text.embedding.wight"), ("text.projection", "text.production"),
    ("\"shape\":[2,256]", "\"shape\":[256,2]"), ("\"dtype\":\"i32\"", "\"dtype\":\"f32\""),
    ("\"dtype\":\"i32\"", "\"dtype\":\"i8\""),
    ("text.blocks.1.fc2.scale", "text.blocks.2.fc2.scale"),
  ])
  func directoryLinesAreChecked(find: String, replace: String) throws {
    let forged = try Forgery.replaced(Self.bytes, part: .directory, first: find, with: replace)
    #expect(throws: ModelFileError.self) { try HostileFileTests.open(forged) }
  }
}
