import CLIPModel
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite struct VocabularyFileTests {
  /// Texts and their ids by OpenAI's tokenizer, 40 of 77.
  static let reference: [String: [Int32]] = {
    struct File: Decodable { let tokenizer_first_40_ids: [String: [Int32]] }
    let data = try? Data(contentsOf: URL(filePath: PublishedSplits.file))
    return data.flatMap { try? JSONDecoder().decode(File.self, from: $0) }?.tokenizer_first_40_ids
      ?? [:]
  }()

  static let fixtures =
    URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Fixtures/"

  /// The vocabularies to check: both JSON forms of the subset in the fixtures, and the whole one when
  /// `MMRL_VOCABULARY` names it.
  static let vocabularies =
    [fixtures + "vocabulary/vocab.json", fixtures + "vocabulary/tokenizer.json"]
    + [ProcessInfo.processInfo.environment["MMRL_VOCABULARY"]].compactMap { $0 }

  @Test("Ids are OpenAI's", arguments: vocabularies)
  func published(vocabulary: String) throws {
    let tokenizer = try Tokenizer(path: vocabulary)
    #expect(tokenizer.vocabularySize == 49_408)
    #expect(Self.reference.count == 10)
    for (text, ids) in Self.reference {
      let encoding = tokenizer.encode(text, contextLength: 77)
      #expect(Array(encoding.ids.prefix(40)) == ids, "\(text)")
      #expect(encoding.ids.count == 77)
      #expect(encoding.ids.dropFirst(40).allSatisfy { $0 == 0 })
      #expect(encoding.ids.contains(49_407) && encoding.ids.max() == 49_407)
      #expect(!encoding.isTruncated)
    }
  }

  /// Merges alone: 512 byte tokens, then the merges, then start and end.
  private static func tokenizer(merges: [String], header: String = "#version: 0.2\n") throws
    -> Tokenizer
  {
    try withTemporaryDirectory { folder in
      let path = folder + "/any name"
      try (header + merges.map { $0 + "\n" }.joined()).write(
        toFile: path, atomically: true, encoding: .utf8)
      return try Tokenizer(path: path)
    }
  }

  @Test("Merges alone give CLIP's ids", arguments: ["#version: 0.2\n", ""])
  func mergesAlone(header: String) throws {
    let tokenizer = try Self.tokenizer(merges: ["c a", "ca t</w>", "t h"], header: header)
    #expect(tokenizer.vocabularySize == 512 + 3 + 2)
    // "!" is byte 33, the first that prints: id 0. A last byte is 256 further.
    #expect(tokenizer.unpadded("!") == [256])
    #expect(tokenizer.unpadded("cat") == [513])
    #expect(tokenizer.unpadded("CAT  cat\n") == [513, 513])
    #expect(tokenizer.unpadded("cats") == [512, 83, 338])
    #expect(tokenizer.unpadded("<|startoftext|>cat<|endoftext|>") == [515, 513, 516])
    #expect(tokenizer.unpadded("") == [])
    #expect(tokenizer.encode("", contextLength: 4).ids == [515, 516, 0, 0])
  }

  /// As many different merges as wanted: of two printing bytes, then of a byte and such a pair.
  private static func merges(_ count: Int) -> [String] {
    let bytes = (33...126).map { String(UnicodeScalar(UInt8($0))) }
    let pairs = bytes.flatMap { left in bytes.map { (left, $0) } }
    let triples = bytes.lazy.flatMap { left in pairs.lazy.map { (left, $0.0 + $0.1) } }
    return (pairs + triples.prefix(count - pairs.count)).map { "\($0.0) \($0.1)" }
  }

  @Test("A merges file may be of any length; of OpenAI's list its tokenizer takes a part")
  func length() throws {
    let merges = Self.merges(60_000)
    #expect(Set(merges).count == 60_000)
    for header in ["#version: 0.2\n", ""] {
      #expect(
        try Self.tokenizer(merges: merges, header: header).vocabularySize == 512 + 60_000 + 2)
    }
    let list = try Self.tokenizer(
      merges: merges, header: "\"bpe_simple_vocab_16e6.txt#version: 0.2\n")
    #expect(list.vocabularySize == 49_408)
  }

  @Test("Ids that no text tower could take are refused", arguments: [-1, 514, 600])
  func wrongIDs(id: Int) throws {
    // The ids of one merge, of which one byte gets another: start is 513, end 514.
    var ids: [String: Int] = [:]
    let printed = Array(33...126) + Array(161...172) + Array(174...255)
    let symbols = (printed + Array(256..<256 + 256 - printed.count)).map {
      String(UnicodeScalar(UInt16($0)) ?? " ")
    }
    for (index, symbol) in symbols.enumerated() {
      ids[symbol] = index
      ids[symbol + "</w>"] = 256 + index
    }
    for (index, token) in ["ab", "<|startoftext|>", "<|endoftext|>"].enumerated() {
      ids[token] = 512 + index
    }
    try withTemporaryDirectory { folder in
      try "a b\n".write(toFile: folder + "/merges.txt", atomically: true, encoding: .utf8)
      func tokenizer() throws -> Tokenizer {
        try JSONEncoder().encode(ids).write(to: URL(filePath: folder + "/vocab.json"))
        return try Tokenizer(path: folder + "/vocab.json")
      }
      #expect(try tokenizer().unpadded("ab!") == [64, 321, 256])
      for token in ["a", "!</w>", "ab", "<|startoftext|>"] {
        let right = ids.updateValue(id, forKey: token)
        #expect(throws: CLIPError.self, "\(token)") { try tokenizer() }
        ids[token] = right
      }
    }
  }

  @Test(
    "A wrong vocabulary is refused",
    arguments: [
      "", "#version: 0.2\n", "a\n", "a b c\n", "a \u{2603}\n", "{}", "{\"a\": 1}",
      "{\"model\": {}}",
      "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {}, \"merges\": []}}", "a b\nab bc\n",
    ])
  func refused(content: String) throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/v"
      try content.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(throws: CLIPError.self) { try Tokenizer(path: path) }
    }
    #expect(throws: CLIPError.self) { try Tokenizer(path: "/nowhere/v") }
  }
}

extension Tokenizer {
  /// The ids of a text without start, end and padding.
  fileprivate func unpadded(_ text: String) -> [Int32] {
    let ids = encode(text, contextLength: 4096).ids
    // The end's id is the largest; a text may hold it, too, so the last one counts.
    let end = ids.lastIndex(of: ids.max() ?? 0) ?? 0
    return Array(ids[1..<end])
  }
}
