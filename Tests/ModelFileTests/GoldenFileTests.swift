import Foundation
import ModelFile
import Testing

/// A file of version 1, written on 2026-11-23, that every later reader must still read.
@Suite struct GoldenFileTests {
  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures/version-1.mmrl").path

  @Test func manifest() throws {
    let manifest = try ModelReader(path: Self.path).manifest
    let labels = (0..<3).map { "known \($0)" }
    #expect(
      manifest
        == Manifest(
          geometry: Manifest.Geometry(
            imageSize: 16, patchSize: 8, width: 16, layers: 3, heads: 2, mlpWidth: 64, embedDim: 8,
            tokenCount: 2, textWidth: 16),
          activation: .gelu, method: .mmrlPlusPlus, alpha: 0.7, beta: 0.6,
          representationLayers: [1, 3],
          preprocessing: Manifest.Preprocessing(
            size: 16, mean: [0.5, 0.45, 0.4], std: [0.25, 0.26, 0.27]),
          labelSets: [
            Manifest.LabelSet(kind: .known, template: "a photo of a {}.", labels: labels),
            Manifest.LabelSet(
              kind: .novel, template: "a photo of a {}.", labels: ["novel 0", "novel 1"]),
          ],
          calibration: Manifest.Calibration(
            source: "synthetic pictures", images: 8, smoothing: 0.5, classCosine: 0.9999,
            representationCosine: 0.9998),
          provenance: Manifest.Provenance(
            checkpoint: Manifest.Provenance.Source(
              name: "random", sha256: String(repeating: "0", count: 64)),
            adapter: Manifest.Provenance.Source(
              name: "adapter.safetensors", sha256: String(repeating: "ab", count: 32)),
            recipe: ["epochs": "10"], seed: 3, scores: ["base": 98.9, "novel": 94.4],
            toolVersion: "test", licence: "MIT")))
  }

  @Test func tensors() throws {
    let reader = try ModelReader(path: Self.path)
    #expect(reader.fileLength == 25_351)
    #expect(reader.directory.count == 66)
    let weight = try reader.int8s("visual.blocks.2.fc1.weight")
    #expect(weight.count == 64 * 16)
    #expect(Array(weight[..<6]) == [89, -28, -47, -5, -14, 2])
    #expect(
      Array(try reader.floats("visual.tokens.3")[..<3])
        == [-0.13018315, -0.039993722, -0.009426725])
    #expect(
      Array(try reader.floats("labels.novel.features")[8..<11])
        == [0.23869374, -0.62406904, -0.17915525])
  }
}
