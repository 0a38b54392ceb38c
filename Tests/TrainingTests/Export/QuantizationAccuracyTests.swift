import FloatMath
import Imaging
import Inference
import ModelFile
import TestSupport
import Testing
import Training

/// The int8 engine on exported models against the float tower: weights and activations quantised.
@Suite struct QuantizationAccuracyTests {
  /// What int8 must hold on any tower, outlier channels or not.
  static let leastCosine = 0.995

  @Test(arguments: Manifest.Method.allCases, RandomCLIP.Outliers.allCases)
  func int8StaysCloseToFloat(method: Manifest.Method, outliers: RandomCLIP.Outliers) throws {
    try withTemporaryDirectory { directory in
      let checkpoint = try RandomCLIP(outliers).checkpoint(in: directory)
      let clip = try FloatCLIP(checkpoint: checkpoint)
      let adapter = RandomCLIP.adapter(method)
      let export = ModelExport(
        checkpoint: checkpoint, clip: clip, adapter: adapter,
        labels: [RandomCLIP.labels(.known, ["cup", "saw"])])
      var writer = try ModelWriter(path: directory + "/m.mmrl")
      let size = RandomCLIP.geometry.imageSize
      _ = try export.write(
        to: &writer, calibration: .synthetic(size: size),
        provenance: ModelExportTests.provenance)
      let engine = try Engine(ModelReader(path: writer.temporaryPath), threads: 1)
      let session = engine.makeSession()

      let crops = SyntheticPictures.make(12, size: size, seed: 99)
      let preprocessing = Preprocessing(checkpoint.preprocessing)
      let expected = clip.encodeImages(
        crops.flatMap { preprocessing.normalized($0) }, adapter: adapter)
      var classFeatures: [Float] = []
      var representation: [Float] = []
      for crop in crops {
        let pixels = crop.pixels
        session.encode(pixels.span)
        classFeatures += session.classFeature(of: 0)
        representation += session.representationFeature(of: 0) ?? []
      }
      let embedDim = RandomCLIP.geometry.embedDim
      let comparison = FeatureComparison(
        classFeatures, reference: expected.classFeatures.elements, embedDim: embedDim)
      #expect(comparison.mean > Self.leastCosine)
      if let reference = expected.representation {
        let comparison = FeatureComparison(
          representation, reference: reference.elements, embedDim: embedDim)
        #expect(comparison.mean > Self.leastCosine)
      }
    }
  }
}
