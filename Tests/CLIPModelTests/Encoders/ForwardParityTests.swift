import CLIPModel
import CLIPTestSupport
import FloatMath
import Testing

/// Every stage of the forward pass against the published code.
@Suite struct ForwardParityTests {
  static let featureTolerance: Float = 1e-4
  static let blockTolerance: Float = 1e-3

  @Test(arguments: ["forward-MMRL", "forward-MMRLpp"])
  func projectedTokens(name: String) throws {
    let fixture = try MicroFixture(name)
    let adapter = try fixture.adapter("param.")
    for (modality, key) in [(Adapter.Modality.vision, "visual"), (.text, "text")] {
      let tokens = adapter.projectedTokens(modality)
      #expect(tokens.count == 3)
      for (index, layer) in adapter.settings.representationLayers.enumerated() {
        let found = try #require(tokens[layer])
        #expect(difference(found, try fixture.matrix("rep.\(key).\(index)")) < 1e-5)
      }
    }
  }

  @Test(arguments: ["forward-MMRL", "forward-MMRLpp"])
  func features(name: String) throws {
    let fixture = try MicroFixture(name)
    let clip = try MicroFixture.clip()
    let adapter = try fixture.adapter("param.")
    let pixels = try fixture.file.floats("images")
    let images = clip.images.encode(pixels, adapter: adapter)
    let texts = try clip.texts.encode(try fixture.tokens(), tokens: TextTokens(adapter))
    let representation = try #require(images.representation)
    var found: [String: Matrix] = [
      "image_features_raw": images.classFeatures, "image_features_rep_raw": representation,
      "text_features_raw": texts,
    ]
    let unit = images.unit
    let unitTexts = UnitRows(texts).rows
    let unitRepresentation = try #require(unit.representation)
    found["image_features"] = unit.classFeatures
    found["image_features_rep"] = unitRepresentation
    found["text_features"] = unitTexts
    let plain = clip.images.encode(pixels)
    let plainTexts = UnitRows(try clip.texts.encode(try fixture.tokens())).rows
    found["zero_shot.image_features_raw"] = plain.classFeatures
    found["zero_shot.image_features"] = plain.unit.classFeatures
    found["zero_shot.text_features"] = plainTexts
    for (key, value) in found {
      let largest = difference(value, try fixture.matrix(key))
      #expect(largest < Self.featureTolerance, "\(key): \(largest)")
    }
    // Logits are 100 times products of unit features; 1e-4 on the scale of features.
    let logits = Matrix.product(unit.classFeatures, .plain, unitTexts, .transposed)
    let logitsRepresentation = Matrix.product(
      unitRepresentation, .plain, unitTexts, .transposed)
    var fusion = logits
    fusion.add(logitsRepresentation, scale: 1 - fixture.meta.alpha, keeping: fixture.meta.alpha)
    let zeroShot = Matrix.product(plain.unit.classFeatures, .plain, plainTexts, .transposed)
    for (key, value) in [
      ("logits", logits), ("logits_rep", logitsRepresentation), ("logits_fusion", fusion),
      ("zero_shot.logits", zeroShot),
    ] {
      var scaled = value
      scaled.add(value, scale: 99)
      let largest = difference(scaled, try fixture.matrix(key))
      #expect(largest < Self.featureTolerance, "\(key): \(largest)")
    }
  }

  /// Seen through the LayerNorm that follows, which is what the first block shows.
  @Test(arguments: ["forward-MMRL", "forward-MMRLpp"])
  func inputNorm(name: String) throws {
    let fixture = try MicroFixture(name)
    let checkpoint = try CLIPCheckpoint(path: MicroFixture.path("micro-clip.pt"))
    let block = "visual.transformer.resblocks.0.ln_1"
    let norm = LayerNorm(
      gain: try checkpoint.tensor("\(block).weight"), bias: try checkpoint.tensor("\(block).bias"))
    var found: Matrix?
    _ = try MicroFixture.clip().images.encode(try fixture.file.floats("images")) {
      layer, site, rows in
      if layer == 1, site == .qkvInput { found = rows }
    }
    let expected = norm.forward(try fixture.matrix("vision.ln_pre")).y
    let rows = try #require(found)[rows: 0..<expected.rows]
    let largest = difference(rows, expected, relative: true)
    #expect(largest < Self.blockTolerance, "vision.ln_pre: \(largest)")
  }

  @Test(arguments: ["forward-MMRL", "forward-MMRLpp"])
  func blockOutputs(name: String) throws {
    let fixture = try MicroFixture(name)
    let clip = try MicroFixture.clip()
    let adapter = try fixture.adapter("param.")
    var outputs: [Int: Matrix] = [:]
    let hook: ForwardHook = { layer, site, rows in
      if site == .output { outputs[layer] = rows }
    }
    _ = clip.images.encode(try fixture.file.floats("images"), adapter: adapter, hook: hook)
    for layer in 1...4 {
      let expected = try fixture.matrix("vision.block.\(layer - 1)")
      let perImage = expected.rows / 2
      let needed = layer == 4 ? 6 : perImage
      #expect(perImage == (layer == 1 ? 17 : 22))
      let rows = (0..<2).flatMap { image in (0..<needed).map { image * perImage + $0 } }
      let found = try #require(outputs[layer])[rows: 0..<2 * needed]
      let largest = difference(found, expected.gathering(rows: rows), relative: true)
      #expect(largest < Self.blockTolerance, "vision.block.\(layer - 1): \(largest)")
    }

    let tokens = try fixture.tokens()
    outputs = [:]
    _ = try clip.texts.encode(tokens, tokens: TextTokens(adapter), hook: hook)
    let lengths = try tokens.map { ids in
      let end = try #require(ids.max())
      return try #require(ids.firstIndex(of: end)) + 1
    }
    let shared = (0..<77).prefix { place in
      zip(tokens, lengths).allSatisfy { $0[place] == tokens[0][place] && place < $1 - 1 }
    }.count
    #expect(shared >= 5)  // Start of text and "a photo of a".
    for layer in 1...4 {
      let extra = layer == 1 ? 0 : 5
      let expected = try fixture.matrix("text.block.\(layer - 1)")
      #expect(expected.rows == 2 * (77 + extra))
      var expectedRows: [Int] = []
      var foundRows: [Int] = []
      var own = shared + extra
      for prompt in 0..<2 {
        let length = lengths[prompt] + extra
        if layer == 4 {
          expectedRows.append(prompt * (77 + extra) + length - 1)
          foundRows.append(prompt)
          continue
        }
        expectedRows += (0..<length).map { prompt * (77 + extra) + $0 }
        foundRows += Array(0..<shared + extra)
        foundRows += own..<own + length - shared - extra
        own += length - shared - extra
      }
      let found = try #require(outputs[layer]).gathering(rows: foundRows)
      let largest = difference(found, expected.gathering(rows: expectedRows), relative: true)
      #expect(largest < Self.blockTolerance, "text.block.\(layer - 1): \(largest)")
    }
  }
}
