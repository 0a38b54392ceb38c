import CLIPModel
import CLIPTestSupport
import FloatMath
import Inference
import ModelFile
import Quantization
import Testing

/// The int8 engine on exported models against the float tower: weights and activations quantised.
@Suite struct QuantizationAccuracyTests {
  /// What int8 must hold on any tower, outlier channels or not.
  static let leastCosine = 0.995

  @Test(arguments: Manifest.Method.allCases, RandomCLIP.Outliers.allCases)
  func int8StaysCloseToFloat(method: Manifest.Method, outliers: RandomCLIP.Outliers) throws {
    try RandomModel.with(method, outliers) { try check($0, method) }
  }

  @Test(arguments: Manifest.Method.allCases, [RandomCLIP.Arithmetic.clipa, .averaged])
  func soDoOtherArithmetics(method: Manifest.Method, arithmetic: RandomCLIP.Arithmetic) throws {
    try RandomModel.with(method, .none, arithmetic) { model in
      let manifest = model.manifest
      if arithmetic == .clipa {
        #expect(manifest.pooling == .patches && manifest.inputNorm == false)
        #expect(manifest.activation == .gelu && manifest.epsilon == nil)
        #expect(
          manifest.preprocessing.resize == Manifest.Preprocessing.Resize(.square, edge: 32))
      } else {
        #expect(manifest.pooling == .normalizedPatches && manifest.inputNorm == nil)
        #expect(manifest.activation == .tanhGELU && manifest.epsilon == 0.01)
        #expect(manifest.preprocessing.resize == nil)
      }
      try check(model, method)
    }
  }

  private func check(_ model: RandomModel, _ method: Manifest.Method) throws {
    let session = try Engine(model.reader, threads: 1).makeSession()
    let crops = model.crops(12)
    let features = crops.map { crop in
      let pixels = crop.pixels
      session.encode(pixels.span)
      func row(_ feature: [Float]) -> Matrix { Matrix(rows: 1, columns: feature.count, feature) }
      return ImageFeatures(
        classFeatures: row(session.features(of: 0).class),
        representation: session.features(of: 0).representation.map(row))
    }
    let comparisons = model.comparisons(.stacked(features), of: crops)
    #expect(comparisons.count == (method == .clip ? 1 : 2))
    #expect(comparisons.allSatisfy { $0.mean > Self.leastCosine })
  }
}
