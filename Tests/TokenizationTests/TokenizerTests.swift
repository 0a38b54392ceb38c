import TestSupport
import Testing
import Tokenization

@Suite struct TokenizerTests {
  /// Merges alone: 512 byte tokens, then the merges, then start and end.
  private static func tokenizer(merges: [String]) throws -> Tokenizer {
    let pairs = merges.map { merge in
      let parts = merge.split(separator: " ").map(String.init)
      return (left: parts[0], right: parts[1])
    }
    return Tokenizer(try Vocabulary(merges: pairs))
  }

  @Test("A round merges every occurrence of the pair learnt first")
  func rounds() throws {
    let tokenizer = try Self.tokenizer(merges: ["a b", "b a", "ab ab", "b b</w>"])
    // Tokens of bytes; those that end a word are 256 further.
    let (a, b, lastA, lastB): (Int32, Int32, Int32, Int32) = (64, 65, 320, 321)
    #expect(tokenizer.unpadded("abab") == [512, a, lastB])
    #expect(tokenizer.unpadded("ababa") == [514, lastA])
    #expect(tokenizer.unpadded("bab") == [513, lastB])
    #expect(tokenizer.unpadded("babb") == [b, 512, lastB])
  }

  @Test("A text that is too long is truncated, its end token kept, and that is told")
  func truncated() throws {
    let tokenizer = try Self.tokenizer(merges: ["c a"])
    let exact = tokenizer.encode("1 2 3", contextLength: 5)
    #expect(exact.ids == [513, 272, 273, 274, 514] && !exact.isTruncated)
    let truncated = tokenizer.encode("1 2 3 4", contextLength: 5)
    #expect(truncated.ids == exact.ids && truncated.isTruncated)
  }

  /// As many different merges as wanted: of two printing bytes, then of a byte and such a pair.
  private static func merges(_ count: Int) -> [String] {
    let bytes = (33...126).map { String(UnicodeScalar(UInt8($0))) }
    let pairs = bytes.flatMap { left in bytes.map { (left, $0) } }
    let triples = bytes.lazy.flatMap { left in pairs.lazy.map { (left, $0.0 + $0.1) } }
    return (pairs + triples.prefix(count - pairs.count)).map { "\($0.0) \($0.1)" }
  }

  @Test("What is no text does not take for ever")
  func endless() throws {
    let tokenizer = try Self.tokenizer(merges: Self.merges(10_000))
    var random = SplitMix64(seed: 3)
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    let long = String((0..<1_000_000).map { _ in letters.randomElement(using: &random) ?? "a" })
    let truncated = tokenizer.encode(long, contextLength: 77)
    #expect(truncated.isTruncated && truncated.ids.count == 77)
    #expect(truncated.ids == tokenizer.encode(String(long.prefix(2000)), contextLength: 77).ids)
    let reference = "&" + String(repeating: "a", count: 1_000_000)
    #expect(tokenizer.encode(reference, contextLength: 77).isTruncated)
  }

  /// What the pattern makes of a text, seen through tokens of single bytes: a token from 256 on ends a word.
  @Test(
    "Words are split as CLIP's pattern splits them",
    arguments: [
      ("it's", 2), ("don't", 2), ("'re've'm'll'd", 5), ("rock'n'roll", 5), ("2012", 4), ("a1b", 3),
      ("...!?", 1), ("!'s", 2), ("black-eyed", 3), ("crème", 1), ("日本 語", 2), ("٣٤", 2), ("Ⅷ½", 2),
      ("🙂🙂", 1), ("e\u{301}t", 3), ("a\u{a0}b\u{2003}c", 3), ("a\u{1c}b", 2), ("snake_case", 3),
    ])
  func words(text: String, count: Int) throws {
    let tokens = try Self.tokenizer(merges: ["z z"]).unpadded(text)
    #expect(tokens.count { $0 >= 256 } == count, "\(tokens)")
  }

  @Test(
    "Entities are decoded, twice",
    arguments: [
      ("&amp;", "&"), ("&amp;amp;", "&"), ("&lt;b&gt;", "<b>"), ("caf&eacute;", "café"),
      ("caf&eacute", "café"), ("&#233;&#xE9;&#x000e9", "ééé"), ("R&D", "r&d"), ("AT&T", "at&t"),
      ("&", "&"),
      ("&;", "&;"), ("&#;", "&#;"), ("&#xD800;", "&#xd800;"), ("&#99999999999;", "&#99999999999;"),
      ("&apos;s", "'s"), ("&unknown;", "&unknown;"), ("&copy2026", "©2026"),
    ])
  func entities(text: String, plain: String) throws {
    let tokenizer = try Self.tokenizer(merges: ["c a"])
    #expect(tokenizer.unpadded(text) == tokenizer.unpadded(plain))
  }
}

extension Tokenizer {
  /// The ids of a text without start, end and padding.
  func unpadded(_ text: String) -> [Int32] {
    let ids = encode(text, contextLength: 4096).ids
    // The end's id is the largest; a text may hold it, too, so the last one counts.
    let end = ids.lastIndex(of: ids.max() ?? 0) ?? 0
    return Array(ids[1..<end])
  }
}
