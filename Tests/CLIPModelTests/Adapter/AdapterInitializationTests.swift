import CLIPModel
import FloatMath
import Testing

@Suite struct AdapterInitializationTests {
  static let vitB16 = CLIPGeometry(
    imageSize: 224, patchSize: 16, visionWidth: 768, visionLayers: 12, visionHeads: 12,
    textWidth: 512, textLayers: 12, textHeads: 8, contextLength: 77, vocabularySize: 49408,
    embedDim: 512)

  @Test func defaultLayers() {
    var geometry = Self.vitB16
    #expect(AdapterSettings.defaultLayers(geometry) == Array(6...12))
    geometry.visionLayers = 24
    #expect(AdapterSettings.defaultLayers(geometry) == Array(6...12))
    geometry.visionLayers = 6
    #expect(AdapterSettings.defaultLayers(geometry) == Array(3...6))
  }

  /// The papers' numbers of trainable scalars, and the published distributions.
  @Test func initialization() throws {
    for (method, count) in [(AdapterMethod.mmrl, 4_992_256), (.mmrlPlusPlus, 813_312)] {
      let adapter = Adapter(
        untrained: AdapterGeometry(method, for: Self.vitB16, layerCount: 7),
        settings: AdapterSettings(representationLayers: Array(6...12), alpha: 0.7, beta: 0.9),
        seed: 1)
      #expect(adapter.tensors.values.values.reduce(0) { $0 + $1.count } == count)
      func values(_ name: String) -> [Float] { adapter.tensors[name].elements }
      func deviation(_ x: [Float]) -> Float {
        (x.reduce(0) { $0 + $1 * $1 } / Float(x.count)).squareRoot()
      }
      let learner = "representation_learner."
      #expect(abs(deviation(values("\(learner)compound_rep_tokens")) - 0.02) < 0.002)
      let bound = 1 / Float(512).squareRoot()
      if method == .mmrl {
        let first = values("\(learner)compound_rep_tokens_r2vproj.0.weight")
        #expect(first == values("\(learner)compound_rep_tokens_r2vproj.6.weight"))
        #expect(first.allSatisfy { abs($0) <= bound })
        #expect(abs(deviation(first) - bound / Float(3).squareRoot()) < 0.001)
        let head = values("image_encoder.proj_rep")
        #expect(abs(deviation(head) - 1 / Float(768).squareRoot()) < 0.001)
      } else {
        let a = values("\(learner)srra_r2tproj.srra.0.A")
        #expect(a != values("\(learner)srra_r2tproj.srra.1.A"))
        #expect(a.allSatisfy { abs($0) <= 0.5 } && a.contains { abs($0) > 0.45 })
        let bias = values("\(learner)srra_r2tproj.srra.0.bias")
        #expect(bias == values("\(learner)srra_r2tproj.srra.1.bias"))
        for b in ["\(learner)srra_r2vproj.srra.3.B", "image_encoder.B"] {
          #expect(values(b).allSatisfy { $0 == 0 })
        }
        #expect(values("image_encoder.A").allSatisfy { abs($0) <= 0.125 })
      }
    }
  }
}
