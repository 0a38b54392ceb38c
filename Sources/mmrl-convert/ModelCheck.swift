import Basics
import CLIPModel
import FloatMath
import ModelFile
import Quantization

/// The int8 engine on a model file against the float tower that it was made from, on the same crops.
struct ModelCheck {
  let classFeatures: FeatureComparison
  /// Nil without an adapter.
  let representation: FeatureComparison?
  /// By label set of the model.
  let agreement: [(kind: Manifest.LabelSet.Kind, top: TopLabelAgreement)]

  /// Compares features of the same crops.
  init(
    int8: ImageFeatures, float: ImageFeatures, _ model: ModelReader
  ) throws {
    func comparison(_ features: Matrix, _ reference: Matrix) -> FeatureComparison {
      FeatureComparison(
        features.elements, reference: reference.elements, embedDim: reference.columns)
    }
    classFeatures = comparison(int8.classFeatures, float.classFeatures)
    representation =
      if let features = int8.representation, let reference = float.representation {
        comparison(features, reference)
      } else { nil }
    agreement = try model.manifest.labelSets.map { set in
      let scorer = try LabelScorer(model, set.kind)
      func logits(_ features: ImageFeatures) -> [Float] {
        scorer.logits(features, head: LabelScorer.Head(set.kind)).elements
      }
      return (
        set.kind,
        TopLabelAgreement(logits(int8), reference: logits(float), labels: set.labels.count)
      )
    }
  }

  /// The figures by name, for a report.
  var rows: [(name: String, value: String)] {
    var rows = [("mean cosine, class feature", Decimal.fixed(classFeatures.mean, 5))]
    if let representation {
      rows.append(
        ("mean cosine, representation feature", Decimal.fixed(representation.mean, 5)))
    }
    return rows
      + agreement.map { kind, top in
        ("same best \(kind.rawValue) label", "\(top.agreeing) of \(top.images)")
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
        "\(name)     \(Decimal.fixed(comparison.mean, 5))  \(Decimal.fixed(comparison.minimum, 5))"
          + "  \(comparison.centred.map { Decimal.fixed($0, 5) } ?? "      -")   \(comparison.images)"
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
