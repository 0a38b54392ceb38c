import CLIPModel
import Foundation
import TestSupport
import Testing
import Tokenization

struct TokenizerLookupTests {
  /// The small model has 64 tokens, too few for any vocabulary; this one has 512 + `merges` + 2.
  private func withModel(merges: Int, _ body: (String, CLIPCheckpoint) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      var geometry = CLIPCheckpointTests.geometry
      geometry.vocabularySize = 512 + merges + 2
      let path = folder + "/clip.safetensors"
      try CLIPCheckpointTests.writeShapes(geometry.tensorShapes, to: path)
      try body(folder, CLIPCheckpoint(path: path))
    }
  }

  private func write(merges: [String], to path: String) throws {
    try (["#version: 0.2"] + merges).joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
  }

  @Test("A vocabulary of the right size is found beside the checkpoint, past one of another size")
  func beside() throws {
    try withModel(merges: 3) { folder, clip in
      try write(merges: ["a b", "b c"], to: folder + "/bpe.txt")
      let error = try #require(throws: CLIPError.self) { try Tokenizer(for: clip) }
      #expect("\(error)".contains("516 tokens") && "\(error)".contains("517"), "\(error)")
      try write(merges: ["a b", "b c", "c d"], to: folder + "/merges.txt")
      #expect(try Tokenizer(for: clip).vocabularySize == 517)
    }
  }

  @Test("A vocabulary that is named may have any name, and must have the right size")
  func named() throws {
    try withModel(merges: 1) { folder, clip in
      try write(merges: ["a b"], to: folder + "/right")
      try write(merges: ["a b", "b c"], to: folder + "/wrong")
      #expect(try Tokenizer(for: clip, vocabulary: folder + "/right").vocabularySize == 515)
      #expect(throws: CLIPError.self) { try Tokenizer(for: clip, vocabulary: folder + "/wrong") }
    }
  }

  @Test("Without a vocabulary, the error says where it was looked for")
  func none() throws {
    try withModel(merges: 1) { _, clip in
      let error = try #require(throws: CLIPError.self) { try Tokenizer(for: clip) }
      #expect("\(error)".hasPrefix("no vocabulary of 515 tokens found; looked for /"), "\(error)")
    }
  }
}
