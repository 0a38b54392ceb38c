import FloatMath
import Imaging
import ModelFile
import Training

/// The int8 engine on a model file against the float tower that it was made from, on the same crops.
struct ModelCheck {
  let classFeatures: FeatureComparison
  /// Nil without an adapter.
  let representation: FeatureComparison?
  /// By label set of the model.
  let agreement: [(kind: Manifest.LabelSet.Kind, top: TopLabelAgreement)]

  /// Compares features of the same crops.
  init(int8: TowerFeatures, float: TowerFeatures, _ model: ModelReader) throws {
    let embedDim = model.manifest.geometry.embedDim
    classFeatures = FeatureComparison(
      int8.classFeatures, reference: float.classFeatures, embedDim: embedDim)
    representation =
      float.representation.isEmpty
      ? nil
      : FeatureComparison(
        int8.representation, reference: float.representation, embedDim: embedDim)
    agreement = try model.manifest.labelSets.map { set in
      let scorer = try LabelScorer(model, set.kind)
      return (
        set.kind,
        TopLabelAgreement(
          scorer.logits(int8), reference: scorer.logits(float), labels: set.labels.count)
      )
    }
  }

  /// The lower of both mean cosines.
  var cosine: Double { min(classFeatures.mean, representation?.mean ?? 1) }

  /// The figures, a line each.
  var table: String {
    var lines = ["feature         mean cosine   lowest  centred   images"]
    for (name, comparison) in [
      ("class         ", classFeatures), ("representation", representation),
    ] {
      guard let comparison else { continue }
      lines.append(
        "\(name)     \(decimal(comparison.mean, 5))  \(decimal(comparison.minimum, 5))"
          + "  \(comparison.centred.map { decimal($0, 5) } ?? "      -")   \(comparison.images)"
      )
    }
    for (kind, top) in agreement {
      lines.append(
        "best \(kind.rawValue) label the same: \(top.agreeing) of \(top.images); where float leads "
          + "by more than \(TopLabelAgreement.margin): \(top.confidentAgreeing) of \(top.confident)"
      )
    }
    return lines.joined(separator: "\n")
  }
}

/// Logits of a model's labels from features of any engine, as FORMAT.md defines them.
struct LabelScorer {
  private let kind: Manifest.LabelSet.Kind
  private let manifest: Manifest
  private let texts: Matrix
  private let discriminant: (weight: Matrix, bias: Matrix)?

  init(_ model: ModelReader, _ kind: Manifest.LabelSet.Kind) throws {
    self.kind = kind
    manifest = model.manifest
    let embedDim = manifest.geometry.embedDim
    let count = manifest.labelSet(kind)?.labels.count ?? 0
    texts = Matrix(
      rows: count, columns: embedDim, try model.floats("labels.\(kind.rawValue).features"))
    let name = "labels.\(kind.rawValue).discriminant."
    discriminant =
      model.entry(name + "weight") == nil
      ? nil
      : (
        Matrix(
          rows: count, columns: manifest.method == .clip ? embedDim : 2 * embedDim,
          try model.floats(name + "weight")),
        Matrix(rows: 1, columns: count, try model.floats(name + "bias"))
      )
  }

  /// `[N, C]`.
  func logits(_ features: TowerFeatures) -> [Float] {
    let embedDim = manifest.geometry.embedDim
    let images = features.classFeatures.count / embedDim
    let classFeatures = Matrix(rows: images, columns: embedDim, features.classFeatures)
    var fused = classFeatures
    var both = classFeatures
    if manifest.method != .clip {
      let representation = Matrix(rows: images, columns: embedDim, features.representation)
      if kind == .known {
        fused.add(representation, scale: 1 - manifest.alpha, keeping: manifest.alpha)
      }
      both = Matrix(
        rows: images, columns: 2 * embedDim,
        (0..<images).flatMap {
          classFeatures[rows: $0..<$0 + 1].elements + representation[rows: $0..<$0 + 1].elements
        })
    }
    var logits = Matrix.product(fused, .plain, texts, .transposed)
    logits.add(logits, scale: 0, keeping: 100)
    if let discriminant {
      logits.addProduct(both, .plain, discriminant.weight, .transposed)
      for image in 0..<images { logits.blend(discriminant.bias, keeping: 1, fromRow: image) }
    }
    return logits.elements
  }
}
