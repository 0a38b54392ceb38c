import CLIPModel
import CLIPTestSupport
import FloatMath
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite struct LabelPromptsTests {
  /// A tokenizer of bytes and one merge: 515 ids, fewer than the random CLIP knows.
  private func tokenizer() throws -> Tokenizer {
    try withTemporaryDirectory { folder in
      let path = folder + "/merges.txt"
      try "#version: 0.2\nc a\n".write(toFile: path, atomically: true, encoding: .utf8)
      return try Tokenizer(path: path)
    }
  }

  @Test func underscoresAreSpacesAndTruncatedLabelsAreNamed() throws {
    let long = String(repeating: "long ", count: 9)
    let prompts = LabelPrompts(
      ["sea_cat", "sea cat", long], template: "a {}.", tokenizer: try tokenizer(),
      contextLength: 16)
    #expect(prompts.ids[0] == prompts.ids[1])
    #expect(prompts.ids.allSatisfy { $0.count == 16 })
    #expect(prompts.truncated == [long])
  }

  @Test func featuresAreUnitRowsOfTheTextTower() throws {
    try withTemporaryDirectory { folder in
      let checkpoint = try RandomCLIP(.none).checkpoint(in: folder)
      let texts = try TextEncoder(checkpoint: checkpoint)
      let prompts = LabelPrompts(
        ["cat", "dog"], template: "a {}.", tokenizer: try tokenizer(), contextLength: 16)
      let tokens = TextTokens(RandomCLIP.adapter(.mmrl))
      let labels = try LabelFeatures(prompts, texts: texts, tokens: tokens)
      let expected = UnitRows(try texts.encode(prompts.ids, tokens: tokens)).rows
      #expect(labels.features.elements == expected.elements)
      let plain = try LabelFeatures(prompts, texts: texts, tokens: nil)
      #expect(plain.features.elements != expected.elements)
    }
  }
}
