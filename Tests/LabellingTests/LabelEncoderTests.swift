import Inference
import Labelling
import ModelFile
import TestSupport
import Testing

/// Models whose checksums are right and whose text tower may be wrong.
@Suite struct LabelEncoderTests {
  /// A small model, the bytes of one of its tensors changed.
  private func model(_ tensor: String, _ change: (inout [UInt8]) -> Void) throws -> ModelReader {
    let source = try ModelFixture(.mmrlPlusPlus).withText().reader()
    return try withTemporaryDirectory { folder in
      var writer = try ModelWriter(path: folder + "/m.mmrl")
      var decoder = FrameDecoder()
      for entry in source.directory {
        var bytes = [UInt8](repeating: 0, count: entry.length)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        try source.read(entry.name, into: &raw, with: &decoder)
        if entry.name == tensor { change(&bytes) }
        let type = try #require(entry.dataType)
        try writer.add(entry.name, type, shape: entry.shape, bytes: bytes.span.bytes)
      }
      try writer.finish(source.manifest)
      try writer.commit()
      return try ModelReader(path: folder + "/m.mmrl")
    }
  }

  private func encode(_ model: ModelReader) throws -> [[Float]] {
    try LabelEncoder(model, threads: 1).encode(["cat", "é 12"], templates: ["a {}."]).features
  }

  @Test func theUnchangedModelEncodes() throws {
    let features = try encode(model("text.position") { _ in })
    #expect(features.count == 2 && features[0] != features[1])
    for feature in features {
      #expect(abs(feature.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
  }

  @Test(
    "Values that are no numbers, in any part",
    arguments: [
      "text.position", "text.embedding.scale", "text.blocks.0.qkv.scale", "text.tokens.2",
      "text.ln_final.bias", "text.projection",
    ])
  func valuesAreFinite(tensor: String) throws {
    let model = try model(tensor) {
      $0.replaceSubrange($0.count - 4..<$0.count, with: [0, 0, 192, 127])
    }
    #expect(throws: InferenceError.model(.notFinite(tensor))) { try encode(model) }
  }

  @Test func noWeightIsMinus128() throws {
    let model = try model("text.blocks.1.fc2.weight") { $0[7] = 0x80 }
    #expect(throws: InferenceError.invalidWeights(tensor: "text.blocks.1.fc2.weight")) {
      try encode(model)
    }
  }

  @Test("Tokens beyond the embedding are refused, whatever the vocabulary is")
  func vocabulary() throws {
    for value: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [3, 2, 0, 0]] {
      for (tensor, place) in [
        ("text.vocabulary.bytes", 4 * 97), ("text.vocabulary.bytes", 4 * 500),
        ("text.vocabulary.merges", 8),
      ] {
        let model = try model(tensor) { $0.replaceSubrange(place..<place + 4, with: value) }
        let error = #expect(throws: LabelError.self, "\(value) in \(tensor)") {
          try encode(model)
        }
        #expect("\(try #require(error))".hasPrefix("model whose vocabulary has ids"))
      }
    }
    // Merges of tokens that there are not are never done.
    let model = try model("text.vocabulary.merges") {
      $0.replaceSubrange(0..<4, with: [0xFF, 0xFF, 0xFF, 0xFF])
    }
    #expect(try encode(model).count == 2)
  }
}
