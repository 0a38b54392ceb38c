import Inference
import ModelFile
import TestSupport
import Testing

/// A model under test, by name.
struct ModelCase: Sendable, CustomTestStringConvertible {
  let name: String
  let fixture: ModelFixture

  init(_ name: String, _ fixture: ModelFixture) {
    self.name = name
    self.fixture = fixture
  }

  var testDescription: String { name }
}

@Suite("The whole engine")
struct EngineTests {
  static let models: [ModelCase] = [
    ModelCase("clip", ModelFixture(.clip)),
    ModelCase("mmrl", ModelFixture(.mmrl, layers: 5, representationLayers: [2, 3, 5])),
    ModelCase("mmrl on all", ModelFixture(.mmrl, layers: 3, representationLayers: [1, 2, 3])),
    ModelCase("mmrl++", ModelFixture(.mmrlPlusPlus, layers: 5, representationLayers: [2, 4, 5])),
    ModelCase(
      "mmrl++ early", ModelFixture(.mmrlPlusPlus, layers: 4, representationLayers: [1, 2])),
    ModelCase(
      "beta 1",
      {
        var model = ModelFixture(.mmrlPlusPlus, layers: 5, representationLayers: [2, 4, 5])
        model.manifest.beta = 1
        return model
      }()
    ),
    ModelCase("gelu", ModelFixture(.mmrlPlusPlus, width: 96, heads: 2, activation: .gelu)),
    ModelCase("odd heads", ModelFixture(.mmrl, patchSize: 7, width: 80, heads: 2, embedDim: 40)),
    ModelCase("one block", ModelFixture(.mmrl, layers: 1, representationLayers: [1])),
    ModelCase(
      "patches averaged, no first LayerNorm",
      {
        var model = ModelFixture(.clip, activation: .gelu)
        model.manifest.pooling = .patches
        model.manifest.inputNorm = false
        return model
      }()
    ),
    ModelCase(
      "patches normalised and averaged, tanh, another epsilon",
      {
        var model = ModelFixture(
          .mmrlPlusPlus, layers: 4, representationLayers: [2, 4], activation: .tanhGELU)
        model.manifest.pooling = .normalizedPatches
        model.manifest.epsilon = 0.01
        return model
      }()
    ),
    ModelCase(
      "patches averaged, tokens overwritten",
      {
        var model = ModelFixture(.mmrl, layers: 3, representationLayers: [2, 3])
        model.manifest.pooling = .patches
        return model
      }()
    ),
  ]

  static func crops(_ count: Int, of manifest: Manifest, seed: UInt64 = 7) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    let side = manifest.geometry.imageSize
    // Smooth images: noise alone would look the same to every model.
    return (0..<count).flatMap { _ -> [UInt8] in
      let waves = (0..<9).map { _ in random.uniform() }
      return (0..<3 * side * side).map { index in
        let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
        let (y, x) = pixel.quotientAndRemainder(dividingBy: side)
        let phase = waves[channel] * Float(x) / 4 + waves[3 + channel] * Float(y) / 4
        let wave = phase - phase.rounded() + waves[6 + channel] / 4
        return UInt8(max(0, min(255, 128 + 200 * wave + 20 * random.uniform())))
      }
    }
  }

  static func features(
    _ model: ModelReader, _ pixels: [UInt8], _ set: InstructionSet, threads: Int, batch: Int
  ) throws -> [UInt32] {
    let engine = try Engine(model, instructionSet: set, threads: threads)
    let session = engine.makeSession(maximumBatch: batch)
    var bits: [UInt32] = []
    let images = pixels.count / engine.imageBytes
    for first in stride(from: 0, to: images, by: batch) {
      let last = min(images, first + batch)
      session.encode(pixels.span.extracting(first * engine.imageBytes..<last * engine.imageBytes))
      for image in 0..<last - first {
        bits += session.features(of: image).class.map(\.bitPattern)
        bits += (session.features(of: image).representation ?? []).map(\.bitPattern)
        for set in model.manifest.labelSets {
          bits += session.logits(of: image, set.kind).map(\.bitPattern)
        }
      }
    }
    return bits
  }

  @Test("follows the manifest's meaning, as plain arithmetic computes it", arguments: models)
  func matchesReference(model: ModelCase) throws {
    let model = try model.fixture.reader()
    let reference = try ReferenceTower(model)
    let pixels = Self.crops(2, of: model.manifest)
    let engine = try Engine(model, instructionSet: .scalar, threads: 1)
    let session = engine.makeSession(maximumBatch: 2)
    session.encode(pixels.span)
    for image in 0..<2 {
      let size = engine.imageBytes
      let expected = reference.encode(Array(pixels[image * size..<(image + 1) * size]))
      let similarity = cosine(session.features(of: image).class.map(Double.init), expected.class)
      #expect(similarity > 0.999, "class feature of image \(image): \(similarity)")
      let representation = session.features(of: image).representation
      #expect((representation == nil) == (expected.representation == nil))
      if let representation, let wanted = expected.representation {
        let similarity = cosine(representation.map(Double.init), wanted)
        #expect(similarity > 0.999, "representation of image \(image): \(similarity)")
      }
    }
  }

  @Test("gives the same bits on every instruction set, thread count and batch", arguments: models)
  func bitsAreTheSame(model: ModelCase) throws {
    let model = try model.fixture.reader()
    let pixels = Self.crops(5, of: model.manifest)
    let expected = try Self.features(model, pixels, .scalar, threads: 1, batch: 1)
    let sets = InstructionSet.allCases.filter(\.isAvailable)
    for name in expectedInstructionSets {
      #expect(sets.contains { $0.rawValue == name }, "MMRL_EXPECT_ISA names \(name)")
    }
    for set in sets {
      for (threads, batch) in [(1, 1), (2, 1), (3, 1), (2, 5), (3, 2), (1, 5)] {
        let found = try Self.features(model, pixels, set, threads: threads, batch: batch)
        #expect(found == expected, "\(set), \(threads) threads, batch \(batch)")
      }
    }
  }
}
