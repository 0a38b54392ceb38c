import Inference
import ModelFile
import TestSupport
import Testing

/// Models whose checksums are right and whose weights are not.
@Suite struct WrongWeightsTests {
  /// A small model, the bytes of one of its tensors changed.
  private func model(_ tensor: String, _ change: (inout [UInt8]) -> Void) throws -> ModelReader {
    let source = try ModelFixture(.mmrlPlusPlus).reader()
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

  @Test func theUnchangedModelIsTaken() throws {
    _ = try Engine(model("visual.position") { _ in })
  }

  @Test(arguments: [
    "visual.position", "visual.blocks.1.qkv.scale", "visual.blocks.2.ln_2.bias", "visual.tokens.2",
    "visual.head.class", "labels.novel.features",
  ])
  func valuesAreFinite(tensor: String) throws {
    for value in [Float.nan, .infinity] {
      let model = try model(tensor) { bytes in
        bytes.replaceSubrange(
          bytes.count - 4..<bytes.count,
          with: (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) })
      }
      #expect(throws: InferenceError.model(.notFinite(tensor))) { try Engine(model) }
    }
  }

  @Test func noWeightIsMinus128() throws {
    let tensor = "visual.blocks.0.fc1.weight"
    let model = try model(tensor) { $0[$0.count - 1] = 0x80 }
    #expect(throws: InferenceError.invalidWeights(tensor: tensor)) { try Engine(model) }
  }
}
