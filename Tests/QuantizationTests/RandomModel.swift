import CLIPModel
import CLIPTestSupport
import FloatMath
import Imaging
import ModelFile
import Quantization
import TestSupport

/// A random CLIP written as a model, beside the float towers that it was made from.
struct RandomModel {
  let export: ModelExport
  let manifest: Manifest
  let reader: ModelReader
  let adapter: Adapter?
  private let clip: FloatCLIP
  private let preprocessing: Preprocessing

  /// Calls `body` with a model of two known labels and a novel one, removed after.
  static func with(
    _ method: Manifest.Method, _ outliers: RandomCLIP.Outliers = .none,
    _ arithmetic: RandomCLIP.Arithmetic = .openAI, discriminant: Discriminant? = nil,
    _ body: (RandomModel) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      try body(
        RandomModel(method, outliers, arithmetic, discriminant, in: folder))
    }
  }

  private init(
    _ method: Manifest.Method, _ outliers: RandomCLIP.Outliers, _ arithmetic: RandomCLIP.Arithmetic,
    _ discriminant: Discriminant?, in folder: String
  ) throws {
    let checkpoint = try RandomCLIP(outliers).checkpoint(in: folder, arithmetic)
    clip = try FloatCLIP(checkpoint: checkpoint)
    adapter = AdapterMethod(method).map { RandomCLIP.adapter($0) }
    preprocessing = checkpoint.preprocessing
    export = ModelExport(
      checkpoint: checkpoint, clip: clip, adapter: adapter,
      labels: [Self.labels(.known, ["cup", "saw"]), Self.labels(.novel, ["owl"])],
      discriminant: discriminant)
    var writer = try ModelWriter(path: folder + "/m.mmrl")
    manifest = try export.write(
      to: &writer, calibration: .synthetic(size: preprocessing.size),
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: "clip.safetensors", sha256: String(repeating: "0", count: 64)),
        toolVersion: "test"))
    try writer.commit()
    reader = try ModelReader(path: folder + "/m.mmrl")
  }

  /// Labels with random features.
  private static func labels(
    _ kind: Manifest.LabelSet.Kind, _ names: [String]
  ) -> ModelExport.Labels {
    var random = SplitMix64(seed: 7)
    let size = RandomCLIP.geometry.embedDim
    let features = Matrix(
      rows: names.count, columns: size, (0..<names.count * size).map { _ in random.normal() })
    return ModelExport.Labels(
      Manifest.LabelSet(kind: kind, template: "a {}.", labels: names),
      features: UnitRows(features).rows)
  }

  /// Crops of the model's size that its quantisation was not tuned on.
  func crops(_ count: Int) -> [Image] {
    SyntheticImages.make(count, size: preprocessing.size, seed: 99)
  }

  /// Features of the same crops beside the float towers': class, and representation if there is an adapter.
  func comparisons(
    _ features: ImageFeatures, of crops: [Image]
  ) -> [FeatureComparison] {
    let float = clip.images.encode(
      crops.flatMap { preprocessing.normalized($0) }, adapter: adapter)
    let pairs = [
      (features.classFeatures, float.classFeatures as Matrix?),
      (features.representation ?? Matrix(rows: 0, columns: 0), float.representation),
    ]
    return pairs.compactMap { found, reference in
      reference.map {
        FeatureComparison(found.elements, reference: $0.elements, embedDim: $0.columns)
      }
    }
  }
}
