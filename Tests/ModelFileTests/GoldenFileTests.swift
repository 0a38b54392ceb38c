import Foundation
import ModelFile
import Testing

/// Files of each version, that every later reader must still read: Fixtures/README.md says how they were made.
@Suite struct GoldenFileTests {
  private static func reader(version: Int) throws -> ModelReader {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return try ModelReader(
      path: folder.appendingPathComponent("Fixtures/version-\(version).mmrl").path)
  }

  /// What the manifests of all versions say.
  private static func manifest(calibratedOn source: String) -> Manifest {
    let labels = (0..<3).map { "known \($0)" }
    return Manifest(
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
        source: source, images: 8, smoothing: 0.5, classCosine: 0.9999,
        representationCosine: 0.9998),
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: "random", sha256: String(repeating: "0", count: 64)),
        adapter: Manifest.Provenance.Source(
          name: "adapter.safetensors", sha256: String(repeating: "ab", count: 32)),
        recipe: ["epochs": "10"], seed: 3, scores: ["base": 98.9, "novel": 94.4],
        toolVersion: "test", licence: "MIT"))
  }

  @Test func firstManifest() throws {
    let manifest = try Self.reader(version: 1).manifest
    #expect(manifest == Self.manifest(calibratedOn: "synthetic pictures"))
    #expect(manifest.answer == nil && manifest.statistics == nil && manifest.words == nil)
  }

  @Test func firstTensors() throws {
    let reader = try Self.reader(version: 1)
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

  /// What the second file says besides what the first does.
  private static func secondManifest() -> Manifest {
    var expected = manifest(calibratedOn: "synthetic images")
    expected.answer = Manifest.Answer(
      knownScale: 0.75, classScale: 1.5,
      gate: Manifest.Answer.Gate(gap: 0.5, distance: -0.25, confidence: 0.5, bias: 0.125),
      unknown: Manifest.Answer.Unknown(
        known: Manifest.Answer.Unknown.Regression(
          energy: 0.25, distance: -0.5, confidence: 0.5, bias: 1),
        named: Manifest.Answer.Unknown.Regression(energy: 0.5, bias: -0.25),
        heldOutKnown: (1...20).map { Float($0) / 32 },
        heldOutNovel: (1...19).map { Float($0) / 64 }),
      origin: "made up")
    expected.statistics = Manifest.Statistics(
      photos: [4, 5, 6], variance: 0.001, discriminantScale: 1.25, textScale: 0.5)
    expected.words = ["word 0", "word 1", "word 2", "word 3", "word 4", "word 5"]
    return expected
  }

  @Test func secondManifest() throws {
    #expect(try Self.reader(version: 2).manifest == Self.secondManifest())
  }

  /// What the fourth file says besides what the second does.
  private static func fourthManifest() -> Manifest {
    var manifest = secondManifest()
    manifest.answer?.unknown?.novel = Manifest.Answer.Unknown.Regression(energy: 0.75, bias: 0.5)
    return manifest
  }

  @Test func fourthManifest() throws {
    #expect(try Self.reader(version: 4).manifest == Self.fourthManifest())
  }

  /// What the fifth file says besides what the fourth does.
  private static func fifthManifest() -> Manifest {
    var manifest = fourthManifest()
    manifest.preprocessing.region = Manifest.Preprocessing.Region(
      x: 0.25, y: 0.125, width: 0.5, height: 0.75)
    return manifest
  }

  @Test func fifthManifest() throws {
    #expect(try Self.reader(version: 5).manifest == Self.fifthManifest())
  }

  /// What the third file says besides what the first does.
  private static func thirdManifest() -> Manifest {
    var manifest = manifest(calibratedOn: "synthetic images")
    manifest.activation = .tanhGELU
    manifest.epsilon = 0.0625
    manifest.pooling = .normalizedPatches
    manifest.inputNorm = false
    manifest.preprocessing.resize = Manifest.Preprocessing.Resize(.square, edge: 20)
    manifest.text = Manifest.TextTower(
      layers: 3, heads: 2, mlpWidth: 64, contextLength: 12, vocabularySize: 516,
      activation: .gelu,
      tokenizer: Manifest.Tokenizer(cleaning: .huggingFace, start: 514, end: 515, merges: 2),
      epsilon: 0.125)
    return manifest
  }

  @Test func thirdManifest() throws {
    #expect(try Self.reader(version: 3).manifest == Self.thirdManifest())
  }

  @Test func thirdTensors() throws {
    let reader = try Self.reader(version: 3)
    #expect(reader.fileLength == 54_825)
    #expect(reader.directory.count == 118)
    #expect(
      Array(try reader.int8s("visual.blocks.2.fc1.weight")[..<6]) == [17, 27, 25, -52, 5, 14])
    #expect(
      Array(try reader.floats("text.position")[..<3]) == [0.029592771, -0.08117371, 0.06402482])
    #expect(Array(try reader.int8s("text.embedding.weight")[..<6]) == [-73, -32, -19, -3, -11, 35])
  }

  @Test func fourthTensors() throws {
    let reader = try Self.reader(version: 4)
    #expect(reader.fileLength == 26_368)
    #expect(reader.directory.count == 68)
    #expect(
      Array(try reader.int8s("visual.blocks.2.fc1.weight")[..<6]) == [-92, -18, -10, 17, 43, -23])
    #expect(
      Array(try reader.floats("statistics.factor")[..<3]) == [0.38509938, 0.01677987, 0.38497028])
    #expect(Array(try reader.int8s("words.weight")[..<6]) == [0, -32, 54, 1, 21, 84])
  }

  @Test func fifthTensors() throws {
    let reader = try Self.reader(version: 5)
    #expect(reader.fileLength == 26_807)
    #expect(reader.directory.count == 70)
    #expect(
      Array(try reader.int8s("visual.blocks.2.fc1.weight")[..<6]) == [81, -41, -38, -46, 41, -42])
    #expect(
      Array(try reader.floats("statistics.factor")[..<3]) == [0.32144463, -0.017519832, 0.36167136])
  }

  @Test func secondTensors() throws {
    let reader = try Self.reader(version: 2)
    #expect(reader.fileLength == 26_749)
    #expect(reader.directory.count == 70)
    #expect(
      Array(try reader.int8s("visual.blocks.2.fc1.weight")[..<6]) == [15, -6, 3, -17, 9, -31])
    #expect(
      Array(try reader.floats("labels.known.means")[..<3])
        == [0.04945753, -0.090527505, 0.20675145])
    let factor = try reader.floats("statistics.factor")
    #expect(factor.count == 16 * 17 / 2)
    #expect(
      Array(factor[..<6])
        == [0.38797617, -0.0024579668, 0.3980452, -0.011045191, 0.007111405, 0.32810557])
    #expect(Array(try reader.int8s("words.weight")[..<6]) == [-18, 61, -17, -27, -25, 14])
    #expect(
      Array(try reader.floats("words.scale")[..<3])
        == [0.008483295, 0.008528189, 0.0069257366])
  }
}
