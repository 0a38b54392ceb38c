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
      ("🙂🙂", 1), ("x\u{301}t", 3), ("e\u{301}t", 1), ("a\u{a0}b\u{2003}c", 3), ("snake_case", 3),
      ("it'ſ", 2),
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
      ("&;", "&;"), ("&#;", "&#;"), ("&#xD800;", "\u{fffd}"), ("&#99999999999;", "\u{fffd}"),
      ("&apos;s", "'s"), ("&unknown;", "&unknown;"), ("&copy2026", "©2026"), ("&hearts;", "♥"),
      ("&notit;", "¬it;"), ("&NotEqualTilde;", "≂\u{338}"), ("&#128;", "€"), ("&#1;x", "x"),
      ("P&EACUTE;REZ", "pérez"), ("STRA&SZLIG;E", "strasse"), ("&\u{301}amp;", "&\u{301}amp;"),
    ])
  func entities(text: String, plain: String) throws {
    let tokenizer = try Self.tokenizer(merges: ["c a"])
    #expect(tokenizer.unpadded(text) == tokenizer.unpadded(plain))
  }
}

@Suite struct TextCleaningTests {
  /// What the four ways make of a text, as the reference implementations do (ftfy 6.3, open_clip 3.3, tokenizers 0.23).
  @Test(arguments: [
    ("Cafe\u{301}", "café", "Café", "café", "café"),
    (
      "“Crème” brûlée’s", "\"crème\" brûlée's", "\"Crème\" brûlée's", "crème brûlées",
      "“crème” brûlée’s"
    ),
    ("Tom &amp; Jerry", "tom & jerry", "Tom & Jerry", "tom  jerry", "tom &amp; jerry"),
    ("ﬁne ＡＢ\u{3000}ﾊﾟ", "fine ab パ", "fine AB パ", "fine ab パ", "ﬁne ａｂ\u{3000}ﾊﾟ"),
    ("ΟΔΟΣ ΟΔΟΣ.", "οδος οδος.", "ΟΔΟΣ ΟΔΟΣ.", "οδος οδος", "οδοσ οδοσ."),
    ("İ", "i\u{307}", "İ", "i\u{307}", "i\u{307}"),
    ("a\u{feff}b\u{1c}c\u{1b}[31md", "abcd", "abcd", "abcd", "a\u{feff}b\u{1c}c\u{1b}[31md"),
    ("a\u{85}b\r\nc\rd", "a…b\nc\nd", "a…b\nc\nd", "a…b\nc\nd", "a\u{85}b\r\nc\rd"),
    ("&lt;b&gt; &amp;amp;amp; x", "<b> & x", "<b> & x", "b  x", "&lt;b&gt; &amp;amp;amp; x"),
    ("<&hearts;> &amp;amp;amp;", "<♥> &amp;", "<♥> &amp;", "♥ amp", "<&hearts;> &amp;amp;amp;"),
    ("snake_case", "snake_case", "snake_case", "snake case", "snake_case"),
    ("ŉ Ǆ", "'n dž", "'n DŽ", "n dž", "ŉ ǆ"),
  ])
  func cleaned(
    text: String, openAI: String, cased: String, canonical: String, huggingFace: String
  ) throws {
    let vocabulary = try Vocabulary(merges: [("z", "z")])
    // Tokens of bytes tell what was cleaned, but for white space.
    func bytes(_ text: String) -> [UInt8] {
      text.unicodeScalars.filter { !$0.properties.isWhitespace }.flatMap { Array(String($0).utf8) }
    }
    for (cleaning, expected) in [
      (TextCleaning.openAI, openAI), (.openAICased, cased), (.openAICanonical, canonical),
      (.huggingFace, huggingFace),
    ] {
      let tokenizer = Tokenizer(vocabulary, cleaning: cleaning)
      #expect(tokenizer.bytes(of: text) == bytes(expected), "\(cleaning)")
    }
  }
}

extension Tokenizer {
  /// The bytes that the tokens of a text stand for, by a vocabulary without merges.
  fileprivate func bytes(of text: String) -> [UInt8] {
    var bytes: [Int32: UInt8] = [:]
    for (byte, id) in vocabulary.table.bytes.enumerated() { bytes[id] = UInt8(byte % 256) }
    return unpadded(text).compactMap { bytes[$0] }
  }

  /// The ids of a text without start, end and padding.
  func unpadded(_ text: String) -> [Int32] {
    let ids = encode(text, contextLength: 4096).ids
    // The end's id is the largest; a text may hold it, too, so the last one counts.
    let end = ids.lastIndex(of: ids.max() ?? 0) ?? 0
    return Array(ids[1..<end])
  }
}
