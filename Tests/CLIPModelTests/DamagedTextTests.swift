import CLIPModel
import Foundation
import TestSupport
import Testing
import Tokenization

/// Text files of every kind with a few things wrong: whatever it is, the answer is a value or an error.
///
/// `tools/fuzz/damaged-files` does the same to the programs, for longer.
struct DamagedTextTests {
  private static let fixtures = VocabularyFileTests.fixtures + "vocabulary/"

  @Test("Vocabularies", arguments: ["merges.txt", "vocab.json", "tokenizer.json"])
  func vocabulary(name: String) throws {
    let text = Array(try Data(contentsOf: URL(filePath: Self.fixtures + name)))
    try withTemporaryDirectory { folder in
      try FileManager.default.copyItem(
        atPath: Self.fixtures + "merges.txt", toPath: folder + "/merges.txt")
      let path = folder + "/" + name
      let refused = try DamagedText.refusals(of: text, rounds: 200) { bytes in
        try Data(bytes).write(to: URL(filePath: path))
        _ = try Tokenizer(path: path).encode("a photo of a café's 10 cats", contextLength: 16)
      }
      #expect(refused > 50)
    }
  }

  @Test(
    "Configurations", arguments: ["hugging-face/config.json", "open-clip/open_clip_config.json"])
  func configuration(name: String) throws {
    let source = CLIPCheckpointTests.fixtures + (name.split(separator: "/").first ?? "")
    let text = Array(try Data(contentsOf: URL(filePath: CLIPCheckpointTests.fixtures + name)))
    try withTemporaryDirectory { folder in
      let copy = folder + "/clip"
      try FileManager.default.copyItem(atPath: source, toPath: copy)
      let path = "\(copy)/\(name.split(separator: "/").last ?? "")"
      let refused = try DamagedText.refusals(of: text, rounds: 200) { bytes in
        try Data(bytes).write(to: URL(filePath: path))
        _ = try CLIPCheckpoint(path: copy)
      }
      #expect(refused > 50)
    }
  }

  @Test("Labels")
  func labels() throws {
    let text = Array("# animals\n\u{FEFF}cat\n\tsea_horse \r\ncaf\u{e9}\n\nfish 2\nfish 3".utf8)
    try withTemporaryDirectory { folder in
      let path = folder + "/labels.txt"
      let refused = try DamagedText.refusals(of: text, rounds: 500) { bytes in
        try Data(bytes).write(to: URL(filePath: path))
        _ = try LabelFile.read(path)
      }
      #expect(refused > 10)
    }
  }
}
