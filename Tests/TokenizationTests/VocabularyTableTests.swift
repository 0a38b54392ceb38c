import Testing
import Tokenization

@Suite struct VocabularyTableTests {
  private static func vocabulary() throws -> Vocabulary {
    try Vocabulary(merges: [("c", "a"), ("ca", "t</w>"), ("t", "h"), ("a", "t")])
  }

  @Test("A tokenizer made of the numbers of another gives the same ids")
  func roundTrip() throws {
    let vocabulary = try Self.vocabulary()
    let table = vocabulary.table
    #expect(table.size == 518 && table.start == 516 && table.end == 517)
    #expect(table.bytes.count == 512 && table.merges.count == 12)
    let copy = try Vocabulary(table)
    #expect(copy.table == table)
    for text in ["cat", "CATS that", "a &amp; b", "café 🙂", "", "<|endoftext|>"] {
      #expect(
        Tokenizer(copy).encode(text, contextLength: 16)
          == Tokenizer(vocabulary).encode(text, contextLength: 16), "\(text)")
    }
  }

  @Test("Numbers that contradict each other are refused")
  func refused() throws {
    let table = try Self.vocabulary().table
    var tables = [VocabularyTable](repeating: table, count: 9)
    tables[0].size = 517
    tables[1].end = -1
    tables[2].end = 1 << 40
    tables[3].start = 518
    tables[4].bytes.removeLast()
    tables[5].merges.removeLast()
    tables[6].bytes[300] = -1
    tables[7].merges[2] = 517
    tables[8].merges[11] = 1 << 30
    for wrong in tables { #expect(throws: VocabularyError.self) { try Vocabulary(wrong) } }
  }

  @Test(
    "Names whose prompts are equal are the same",
    arguments: [("a b", "a_b"), ("a b", "A B"), ("a b", " a  b "), ("É", "é")])
  func names(one: String, other: String) {
    #expect(nameInPrompt(one) == nameInPrompt(other))
    #expect(nameInPrompt(one) != nameInPrompt(one + "c"))
  }

  @Test func prompts() {
    #expect(PromptTemplate.prompt("a {} or {}.", of: "red_mug") == "a red mug or red mug.")
    #expect(PromptTemplate.prompt("my mug", of: "red_mug") == "my mug")
  }
}
