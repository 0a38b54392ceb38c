import CLIPModel
import Foundation
import Testing
import Tokenization

/// Names in 20 scripts and the ids that both reference tokenizers give them (tools/compare-tokenizers --fixture).
@Suite struct TokenizerReferenceTests {
  private struct Name: Decodable {
    let text: String
    let openai: [Int32]
    let huggingFace: [Int32]
  }

  private static let vocabulary =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path + "/models/clip/vocab.json"

  private static let names: [Name] = {
    let data = try? Data(contentsOf: URL(filePath: VocabularyFileTests.fixtures + "names.json"))
    return data.flatMap { try? JSONDecoder().decode([Name].self, from: $0) } ?? []
  }()

  @Test(
    "Ids are those of the checkpoint's own tokenizer",
    arguments: [TextCleaning.openAI, .huggingFace])
  func published(cleaning: TextCleaning) throws {
    let tokenizer = try Tokenizer(path: Self.vocabulary, cleaning: cleaning)
    #expect(Self.names.count == 400)
    // Both are wanted: where they differ, one rule for all would be wrong.
    #expect(Self.names.count { $0.openai != $0.huggingFace } > 50)
    for name in Self.names {
      let ids = tokenizer.encode(name.text, contextLength: 1024).ids
      let end = ids.lastIndex(of: ids.max() ?? 0) ?? 0
      let expected = cleaning == .openAI ? name.openai : name.huggingFace
      #expect(Array(ids[1..<end]) == expected, "\(name.text)")
    }
  }
}
