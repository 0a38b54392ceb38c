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
    try RandomModel.with(method, outliers) { model in
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
}
