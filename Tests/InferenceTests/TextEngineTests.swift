import Inference
import ModelFile
import TestSupport
import Testing

@Suite("The text tower of the engine")
struct TextEngineTests {
  static let models: [ModelCase] = [
    ModelCase("clip", ModelFixture(.clip).withText()),
    ModelCase(
      "mmrl", ModelFixture(.mmrl, layers: 5, representationLayers: [2, 3, 5]).withText(layers: 5)),
    ModelCase(
      "mmrl++",
      ModelFixture(.mmrlPlusPlus, layers: 4, representationLayers: [1, 3]).withText(layers: 4)
    ),
    ModelCase(
      "what rounding left",
      ModelFixture(.mmrlPlusPlus, layers: 4, representationLayers: [1, 3])
        .withText(layers: 4, residuals: true)),
    ModelCase("gelu, one head", ModelFixture(.mmrlPlusPlus).withText(heads: 1, activation: .gelu)),
    ModelCase(
      "tanh, another epsilon",
      {
        var model = ModelFixture(.clip).withText(activation: .tanhGELU)
        model.manifest.text?.epsilon = 0.01
        return model
      }()
    ),
  ]

  /// Texts of several lengths; what follows an end is ignored.
  static let texts: [[Int32]] = [
    [514, 513, 515, 0, 0], [514, 515], [514, 1, 2, 3, 300, 4, 5, 6, 7, 8, 9, 515], [514, 99, 515],
  ]

  @Test("follows FORMAT.md, as plain arithmetic computes it", arguments: models)
  func matchesReference(model: ModelCase) throws {
    let model = try model.fixture.reader()
    let reference = try ReferenceText(model)
    let features = try TextEngine(model, instructionSet: .scalar, threads: 1)
      .features(of: Self.texts)
    #expect(features.count == Self.texts.count)
    for (feature, text) in zip(features, Self.texts) {
      let end = try #require(text.firstIndex(of: 515))
      let expected = reference.encode(Array(text[...end]))
      let largest = zip(feature, expected).map { abs(Double($0) - $1) }.max() ?? 1
      // The weights are the same: only the roundings to 16 bits and of floats are left.
      #expect(largest < 2e-4, "\(text): \(largest)")
    }
  }

  @Test("gives the same bits on every instruction set and thread count", arguments: models)
  func bitsAreTheSame(model: ModelCase) throws {
    let model = try model.fixture.reader()
    func bits(_ set: InstructionSet, threads: Int, _ texts: [[Int32]]) throws -> [UInt32] {
      try TextEngine(model, instructionSet: set, threads: threads).features(of: texts)
        .flatMap { $0.map(\.bitPattern) }
    }
    let expected = try bits(.scalar, threads: 1, Self.texts)
    for set in InstructionSet.allCases where set.isAvailable {
      for threads in 1...3 {
        #expect(try bits(set, threads: threads, Self.texts) == expected, "\(set), \(threads)")
      }
      #expect(try Self.texts.flatMap { try bits(set, threads: 1, [$0]) } == expected, "\(set)")
    }
  }

  @Test func noTextsGiveNoFeatures() throws {
    #expect(try TextEngine(ModelFixture(.clip).withText().reader()).features(of: []).isEmpty)
  }

  @Test("A model without a text tower, or one that the kernels cannot run, is refused")
  func refused() throws {
    #expect(throws: InferenceError.noTextTower) { try TextEngine(ModelFixture(.clip).reader()) }
    var narrow = ModelFixture(.clip)
    narrow.manifest.geometry.textWidth = 24
    #expect(throws: InferenceError.self) { try TextEngine(narrow.withText().reader()) }
    var odd = ModelFixture(.clip).withText()
    odd.manifest.text?.mlpWidth = 40
    #expect(throws: InferenceError.self) { try TextEngine(odd.reader()) }
  }

  @Test("The image tower does not need the text tower, whatever is in it")
  func imagesAlone() throws {
    let fixture = ModelFixture(.mmrlPlusPlus)
    let pixels = EngineTests.crops(1, of: fixture.manifest)
    func features(_ fixture: ModelFixture) throws -> [UInt32] {
      try EngineTests.features(fixture.reader(), pixels, .scalar, threads: 1, batch: 1)
    }
    #expect(try features(fixture.withText()) == features(fixture))
    let engines = try [fixture, fixture.withText()].map { try Engine($0.reader()).weightBytes }
    #expect(engines[0] == engines[1])
  }
}
