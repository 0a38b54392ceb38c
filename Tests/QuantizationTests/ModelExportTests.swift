import CLIPModel
import CLIPTestSupport
import FloatMath
import ModelFile
import Quantization
import Testing

/// The exported weights, read back and computed with in float, are still the model's.
@Suite struct ModelExportTests {
  /// Rounding weights to 8 bits costs up to 7e-4 of the cosine here; a fold that is wrong costs far more.
  static let leastCosine = 0.999

  @Test(arguments: Manifest.Method.allCases, RandomCLIP.Outliers.allCases)
  func weightsKeepTheFunction(method: Manifest.Method, outliers: RandomCLIP.Outliers) throws {
    try RandomModel.with(method, outliers) { model in
      let reader = model.reader
      #expect(reader.manifest == model.manifest)
      let crops = model.crops(6)
      let exported = try ExportedTower(reader)
      let found = exported.clip.images.encode(
        crops.flatMap { ExportedTower.planes($0) }, adapter: try exported.adapter())
      let comparisons = model.comparisons(found, of: crops)
      #expect(comparisons.count == (method == .clip ? 1 : 2))
      #expect(comparisons.allSatisfy { $0.minimum > Self.leastCosine })
      #expect(reader.manifest.labelSet(.novel)?.labels == ["owl"])
      #expect(
        try reader.floats("labels.known.features") == model.export.labels[0].features.elements)
      if let adapter = model.adapter {
        #expect(
          try reader.floats("text.tokens.4") == adapter.projectedTokens(.text)[4]?.elements)
      }
    }
  }

  @Test func discriminantIsKept() throws {
    let weight = Matrix(rows: 2, columns: 2 * RandomCLIP.geometry.embedDim, repeating: 0.25)
    try RandomModel.with(.mmrl, discriminant: .init(weight: weight, bias: [1, -1])) { model in
      let name = "labels.known.discriminant."
      let (stored, bias) = try (
        model.reader.floats(name + "weight"), model.reader.floats(name + "bias")
      )
      #expect(stored == weight.elements)
      #expect(bias == [1, -1])
    }
  }

  @Test func sameInputGivesTheSameBytes() throws {
    var checksums: [[String]] = []
    for _ in 0..<2 {
      try RandomModel.with(.clip, .gains) { checksums.append($0.reader.directory.map(\.checksum)) }
    }
    #expect(checksums[0] == checksums[1])
  }
}
