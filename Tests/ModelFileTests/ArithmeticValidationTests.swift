import ModelFile
import TestSupport
import Testing

/// What version 3 added to the manifest, with values that cannot be.
@Suite struct ArithmeticValidationTests {
  private static func complaint(_ change: (inout Manifest) -> Void) -> String? {
    var manifest = ModelFixture(.mmrlPlusPlus).withText().manifest
    change(&manifest)
    do {
      try manifest.validate()
      return nil
    } catch { return "\(error)" }
  }

  @Test func epsilons() {
    for epsilon: Float in [0, 1, -1e-5, .nan, .infinity] {
      #expect(Self.complaint { $0.epsilon = epsilon }?.contains("epsilon") == true)
      #expect(Self.complaint { $0.text?.epsilon = epsilon }?.contains("text.epsilon") == true)
    }
    #expect(
      Self.complaint {
        $0.epsilon = 1e-6
        $0.text?.epsilon = 1e-12
      } == nil)
  }

  @Test func edges() {
    for edge in [-1, 0, 31, 1 << 17] {
      let said = Self.complaint {
        $0.preprocessing.resize = Manifest.Preprocessing.Resize(.short, edge: edge)
      }
      #expect(said?.contains("preprocessing.resize.edge") == true, "\(edge)")
    }
    for edge in [32, 37] {
      #expect(
        Self.complaint {
          $0.preprocessing.resize = Manifest.Preprocessing.Resize(.square, edge: edge)
        } == nil)
    }
  }

  @Test("Without a first LayerNorm there are no tensors of it")
  func inputNorm() {
    var manifest = ModelFixture(.clip).manifest
    #expect(manifest.tensors.contains { $0.name == "visual.ln_pre.gain" })
    manifest.inputNorm = false
    #expect(!manifest.tensors.contains { $0.name.hasPrefix("visual.ln_pre") })
  }
}
