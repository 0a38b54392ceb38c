import Foundation
import TestSupport
import Testing

/// models/clip, read as it is, beside what Hugging Face's transformers makes of it (tools/clip-fixtures).
@Suite struct TransformersParityTests {
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  @Test("Both towers, tokenizer and preprocessing give the features that transformers gives")
  func features() throws {
    let expected = try FeatureFile(
      Self.repository + "/Tests/TestSupport/Fixtures/clip-features.safetensors")
    try withTemporaryDirectory { folder in
      let texts = folder + "/texts.txt"
      let prompts = try expected.list("texts")
      try Data(prompts.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: texts))
      let images = try expected.list("images").map {
        "\(Self.repository)/Tests/ImagingTests/Fixtures/photos/\($0)"
      }
      let result = try Executable.mmrlConvert.run(
        [
          "encode", Self.repository + "/models/clip", "-o", folder + "/out.safetensors", "--texts",
          texts, "--images",
        ] + images)
      #expect(result.status == 0, "\(result.messages)")
      let found = try FeatureFile(folder + "/out.safetensors")
      #expect(try found.list("texts") == prompts)
      for name in ["image_features", "text_features"] {
        let (ours, theirs) = (found.rows(name), expected.rows(name))
        #expect(ours.count == theirs.count && theirs.count >= 3)
        for (a, b) in zip(ours, theirs) {
          #expect(a.count == 384)
          let largest = zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
          #expect(largest < 1e-5, "\(name): \(largest)")
        }
      }
    }
  }
}
