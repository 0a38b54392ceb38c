import Foundation
import TestSupport
import Testing
import Training

/// Text files of every kind with a few things wrong: whatever it is, the answer is a value or an error.
///
/// `tools/fuzz` does the same to the programs, for longer.
struct DamagedTextTests {
  private static let fixtures = TokenizerTests.fixtures + "vocabulary/"

  /// Numbers that a reader may not expect where it reads one.
  private static let numbers = [
    "-1", "0", "65537", "9223372036854775807", "9223372036854775808", "1e308", "0.5", "null", "[]",
  ].map { Array($0.utf8) }

  /// `text` with one to four things wrong.
  private static func damaged(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var text = text
    for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
      let place = Int.random(in: text.indices, using: &random)
      let end = min(place + Int.random(in: 1...60, using: &random), text.count)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: text.removeSubrange(place...)
      case 1: text[place] = UInt8.random(in: 0...255, using: &random)
      case 2: text.removeSubrange(place..<end)
      case 3:
        text.insert(
          contentsOf: text[place..<end], at: text.indices.randomElement(using: &random) ?? 0)
      default:
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let first = text[place...].firstIndex(where: isDigit) else { continue }
        let last = text[first...].firstIndex { !isDigit($0) } ?? text.endIndex
        text.replaceSubrange(first..<last, with: numbers.randomElement(using: &random) ?? [])
      }
    }
    return text
  }

  /// Damages `text` in many ways; returns how many of them `read` refused.
  private func refusals(
    of text: [UInt8], rounds: Int, _ read: ([UInt8]) throws -> Void
  ) throws -> Int {
    try read(text)
    var random = SplitMix64(seed: UInt64(text.count))
    var refused = 0
    for _ in 0..<rounds {
      do { try read(Self.damaged(text, &random)) } catch { refused += 1 }
    }
    return refused
  }

  @Test("Vocabularies", arguments: ["merges.txt", "vocab.json", "tokenizer.json"])
  func vocabulary(name: String) throws {
    let text = Array(try Data(contentsOf: URL(filePath: Self.fixtures + name)))
    try withTemporaryDirectory { folder in
      try FileManager.default.copyItem(
        atPath: Self.fixtures + "merges.txt", toPath: folder + "/merges.txt")
      let path = folder + "/" + name
      let refused = try refusals(of: text, rounds: 200) { bytes in
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
      let refused = try refusals(of: text, rounds: 200) { bytes in
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
      let refused = try refusals(of: text, rounds: 500) { bytes in
        try Data(bytes).write(to: URL(filePath: path))
        _ = try LabelFile.read(path)
      }
      #expect(refused > 10)
    }
  }

  @Test("Splits of a data set")
  func split() throws {
    let text = """
      {"train": [["a.jpg", 0, "a"], ["b/c.jpg", 1, "b"]], "val": [["a.jpg", 0, "a"]], "test": [["d", 1, "b"]]}
      """
    try withTemporaryDirectory { folder in
      let path = folder + "/split.json"
      let refused = try refusals(of: Array(text.utf8), rounds: 500) { bytes in
        try Data(bytes).write(to: URL(filePath: path))
        _ = try PhotoSet.split(file: path, images: folder)
      }
      #expect(refused > 100)
    }
  }
}
