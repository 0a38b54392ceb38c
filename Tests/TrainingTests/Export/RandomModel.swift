import FloatMath
import Imaging
import ModelFile
import TestSupport
import Training

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
    discriminant: ModelExport.Discriminant? = nil, _ body: (RandomModel) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      try body(
        RandomModel(method, outliers, discriminant, in: folder))
    }
  }

  private init(
    _ method: Manifest.Method, _ outliers: RandomCLIP.Outliers,
    _ discriminant: ModelExport.Discriminant?, in folder: String
  ) throws {
    let checkpoint = try RandomCLIP(outliers).checkpoint(in: folder)
    clip = try FloatCLIP(checkpoint: checkpoint)
    adapter = RandomCLIP.adapter(method)
    preprocessing = Preprocessing(checkpoint.preprocessing)
    export = ModelExport(
      checkpoint: checkpoint, clip: clip, adapter: adapter,
      labels: [RandomCLIP.labels(.known, ["cup", "saw"]), RandomCLIP.labels(.novel, ["owl"])],
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

  /// Crops of the model's size that its quantisation was not tuned on.
  func crops(_ count: Int) -> [Image] {
    SyntheticPictures.make(count, size: preprocessing.size, seed: 99)
  }

  /// Features of the same crops beside the float towers': class, and representation if there is an adapter.
  func comparisons(
    _ features: FloatCLIP.ImageFeatures, of crops: [Image]
  ) -> [FeatureComparison] {
    let float = clip.encodeImages(
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
