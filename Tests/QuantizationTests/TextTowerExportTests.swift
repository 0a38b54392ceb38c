import CLIPModel
import CLIPTestSupport
import FloatMath
import Imaging
import Labelling
import ModelFile
import Quantization
import TestSupport
import Testing
import Tokenization

/// The text tower of a model file against the float one that it was made from.
@Suite struct TextTowerExportTests {
  /// As many tokens as the random CLIP has.
  private static func tokenizer(_ cleaning: TextCleaning = .openAI) throws -> Tokenizer {
    let bytes = (33...126).map { String(UnicodeScalar(UInt8($0))) }
    let count = RandomCLIP.geometry.vocabularySize - 514
    return Tokenizer(
      try Vocabulary(merges: bytes.prefix(count).map { (left: $0, right: $0 == "a" ? "b" : "a") }),
      cleaning: cleaning)
  }

  private func withModel(
    _ method: AdapterMethod?, _ arithmetic: RandomCLIP.Arithmetic = .openAI,
    _ cleaning: TextCleaning = .openAI,
    _ body: (ModelReader, CLIPCheckpoint, Adapter?) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let checkpoint = try RandomCLIP(.none).checkpoint(in: folder, arithmetic)
      let adapter = method.map { RandomCLIP.adapter($0) }
      var export = ModelExport(
        checkpoint: checkpoint, clip: try FloatCLIP(checkpoint: checkpoint), adapter: adapter,
        labels: [])
      export.text = TextTowerExport(checkpoint, try Self.tokenizer(cleaning))
      var writer = try ModelWriter(path: folder + "/m.mmrl")
      var ends: [ExportProgress] = []
      _ = try export.write(
        to: &writer, calibration: .synthetic(size: checkpoint.preprocessing.size),
        provenance: Manifest.Provenance(
          checkpoint: Manifest.Provenance.Source(name: "clip", sha256: ""), toolVersion: "test"),
        onProgress: { if $0.done == $0.total { ends.append($0) } })
      #expect(ends.map(\.stage) == [.calibration, .blocks, .textBlocks])
      try writer.commit()
      try body(ModelReader(path: folder + "/m.mmrl"), checkpoint, adapter)
    }
  }

  @Test(
    "Labels by the model's text tower are those of the float tower",
    arguments: [
      (nil, .openAI), (.mmrl, .openAI), (.mmrlPlusPlus, .openAI), (nil, .averaged),
      (.mmrlPlusPlus, .averaged),
    ] as [(AdapterMethod?, RandomCLIP.Arithmetic)])
  func labels(method: AdapterMethod?, arithmetic: RandomCLIP.Arithmetic) throws {
    try withModel(method, arithmetic) { model, checkpoint, adapter in
      let names = ["cat", "red_mug", "abacus", "x", "a longer name than the others"]
      let encoded = try LabelEncoder(model).encode(names, templates: ["a {}."])
      let prompts = LabelPrompts(
        names, template: "a {}.", tokenizer: try Self.tokenizer(), contextLength: 16)
      let float = try LabelFeatures(
        prompts, texts: TextEncoder(checkpoint: checkpoint), tokens: adapter.map { TextTokens($0) })
      #expect(encoded.truncated == prompts.truncated && encoded.truncated == [names[4]])
      #expect(encoded.warnings.count == 1)
      let features = encoded.features.flatMap(\.self)
      let comparison = FeatureComparison(
        features, reference: float.features.elements, embedDim: RandomCLIP.geometry.embedDim)
      #expect(comparison.minimum > 0.999, "\(comparison.minimum)")
      let largest = difference(features, float.features.elements)
      #expect(largest < 0.004, "\(largest)")
    }
  }

  @Test("Several prompts count by the mean of their unit features; an own one is a label's alone")
  func prompts() throws {
    try withModel(nil) { model, _, _ in
      let encoder = try LabelEncoder(model)
      let one = try encoder.encode(["cat", "cow"], templates: ["a {}."])
      let other = try encoder.encode(["cat", "cow"], templates: ["the {}"])
      let both = try encoder.encode(["cat", "cow"], templates: ["a {}.", "the {}"])
      #expect(both.labels == ["cat", "cow"] && both.template == "a {}.")
      for label in 0..<2 {
        let sum = zip(one.features[label], other.features[label]).map { $0 + $1 }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(difference(both.features[label], sum.map { $0 / length }) < 1e-6)
      }
      let own = try encoder.encode(["mine"], templates: ["a cat."])
      #expect(own.features == [one.features[0]])
      #expect(throws: LabelError.sharedPrompt("a cat.")) {
        try encoder.encode(["cat", "cow"], templates: ["a {}.", "a cat."])
      }
    }
  }

  @Test(arguments: TextCleaning.allCases)
  func theTokenizerComesBack(cleaning: TextCleaning) throws {
    try withModel(nil, .openAI, cleaning) { model, _, _ in
      let tower = try #require(model.manifest.text)
      let tokenizer = try Self.tokenizer(cleaning)
      let copy = try Tokenizer(of: model, tower)
      #expect(copy.vocabularySize == RandomCLIP.geometry.vocabularySize)
      #expect(copy.cleaning == cleaning)
      for text in ["cat", "aa ba!", "Ünïcode &amp; “ﬁ” e\u{301} <|endoftext|>"] {
        #expect(
          copy.encode(text, contextLength: 16) == tokenizer.encode(text, contextLength: 16))
      }
    }
  }
}
