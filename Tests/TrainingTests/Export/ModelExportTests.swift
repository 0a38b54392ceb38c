import FloatMath
import Imaging
import ModelFile
import TestSupport
import Testing
import Training

/// The exported weights, read back and computed with in float, are still the model's.
@Suite struct ModelExportTests {
  static let provenance = Manifest.Provenance(
    checkpoint: Manifest.Provenance.Source(
      name: "clip.safetensors", sha256: String(repeating: "0", count: 64)),
    toolVersion: "test")

  /// Rounding weights to 8 bits costs up to 7e-4 of the cosine here; a fold that is wrong costs far more.
  static let leastCosine = 0.999

  @Test(arguments: Manifest.Method.allCases, RandomCLIP.Outliers.allCases)
  func weightsKeepTheFunction(method: Manifest.Method, outliers: RandomCLIP.Outliers) throws {
    try withTemporaryDirectory { directory in
      let checkpoint = try RandomCLIP(outliers).checkpoint(in: directory)
      let clip = try FloatCLIP(checkpoint: checkpoint)
      let adapter = RandomCLIP.adapter(method)
      let export = ModelExport(
        checkpoint: checkpoint, clip: clip, adapter: adapter,
        labels: [RandomCLIP.labels(.known, ["cup", "saw"]), RandomCLIP.labels(.novel, ["owl"])])
      var writer = try ModelWriter(path: directory + "/m.mmrl")
      let size = RandomCLIP.geometry.imageSize
      let manifest = try export.write(
        to: &writer, calibration: .synthetic(size: size), provenance: Self.provenance)
      try writer.commit()
      let reader = try ModelReader(path: directory + "/m.mmrl")
      #expect(reader.manifest == manifest)

      let crops = SyntheticPictures.make(6, size: size, seed: 99)
      let preprocessing = Preprocessing(checkpoint.preprocessing)
      let expected = clip.encodeImages(
        crops.flatMap { preprocessing.normalized($0) }, adapter: adapter)
      let exported = try ExportedTower(reader)
      let found = exported.clip.encodeImages(
        crops.flatMap { ExportedTower.planes($0) }, adapter: try exported.adapter())
      let embedDim = RandomCLIP.geometry.embedDim
      let comparison = FeatureComparison(
        found.classFeatures.elements, reference: expected.classFeatures.elements,
        embedDim: embedDim)
      #expect(comparison.minimum > Self.leastCosine)
      #expect((expected.representation != nil) == (method != .clip))
      if let representation = expected.representation {
        let comparison = FeatureComparison(
          found.representation?.elements ?? [], reference: representation.elements,
          embedDim: embedDim)
        #expect(comparison.minimum > Self.leastCosine)
      }
      #expect(manifest.labelSet(.novel)?.labels == ["owl"])
      #expect(
        try reader.floats("labels.known.features") == export.labels[0].features.elements)
      if let adapter {
        #expect(
          try reader.floats("text.tokens.4") == adapter.projectedTokens(.text)[4]?.elements)
      }
    }
  }

  @Test func discriminantIsKept() throws {
    try withTemporaryDirectory { directory in
      let checkpoint = try RandomCLIP(.none).checkpoint(in: directory)
      let weight = Matrix(rows: 2, columns: 2 * RandomCLIP.geometry.embedDim, repeating: 0.25)
      let export = ModelExport(
        checkpoint: checkpoint, clip: try FloatCLIP(checkpoint: checkpoint),
        adapter: RandomCLIP.adapter(.mmrl), labels: [RandomCLIP.labels(.known, ["cup", "saw"])],
        discriminant: ModelExport.Discriminant(weight: weight, bias: [1, -1]))
      var writer = try ModelWriter(path: directory + "/m.mmrl")
      _ = try export.write(
        to: &writer, calibration: .synthetic(size: 32), provenance: Self.provenance)
      try writer.commit()
      let reader = try ModelReader(path: directory + "/m.mmrl")
      #expect(try reader.floats("labels.known.discriminant.weight") == weight.elements)
      #expect(try reader.floats("labels.known.discriminant.bias") == [1, -1])
    }
  }

  @Test func sameInputGivesTheSameBytes() throws {
    let directories = try (0..<2).map { _ in
      try withTemporaryDirectory { directory in
        let checkpoint = try RandomCLIP(.gains).checkpoint(in: directory)
        let export = ModelExport(
          checkpoint: checkpoint, clip: try FloatCLIP(checkpoint: checkpoint), adapter: nil,
          labels: [RandomCLIP.labels(.novel, ["cup"])])
        var writer = try ModelWriter(path: directory + "/m.mmrl")
        _ = try export.write(
          to: &writer, calibration: .synthetic(size: 32), provenance: Self.provenance)
        let reader = try ModelReader(path: writer.temporaryPath)
        return reader.directory.map(\.checksum)
      }
    }
    #expect(directories[0] == directories[1])
  }
}
