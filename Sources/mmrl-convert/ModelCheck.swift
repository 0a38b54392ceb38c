import Basics
import CLIPModel
import FloatMath
import Labelling
import ModelFile
import Quantization
import Tokenization

/// The int8 engine on a model file against the float tower that it was made from, on the same crops.
struct ModelCheck {
  let classFeatures: FeatureComparison
  /// Nil without an adapter.
  let representation: FeatureComparison?
  /// By label set of the model.
  let agreement: [(kind: Manifest.LabelSet.Kind, top: TopLabelAgreement)]
  /// Labels' features by the int8 text tower, for a model that carries it.
  var texts: FeatureComparison?

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

  /// A model's own labels by its int8 text tower beside their float features.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - float: label sets and their float features, `[C, E]` each.
  ///   - threads: nil for as many as this process may use.
  /// - Returns: nil for a model without text tower or labels.
  /// - Throws: when the tower cannot be loaded.
  static func texts(
    of model: ModelReader, float: [(set: Manifest.LabelSet, features: Matrix)], threads: Int?
  ) throws -> FeatureComparison? {
    guard model.manifest.text != nil, !float.isEmpty else { return nil }
    let encoder = try LabelEncoder(model, threads: threads)
    var int8: [Float] = []
    var reference: [Float] = []
    for (set, features) in float {
      // A prompt without a place for the label is no label's: such sets are not compared.
      guard set.template.contains(PromptTemplate.placeholder) else { continue }
      let encoded = try encoder.encode(set.labels, templates: [set.template])
      int8 += encoded.features.flatMap(\.self)
      reference += features.elements
    }
    guard !int8.isEmpty else { return nil }
    return FeatureComparison(
      int8, reference: reference, embedDim: model.manifest.geometry.embedDim)
  }

  /// The figures by name, for a report.
  var rows: [(name: String, value: String)] {
    var rows = [("mean cosine, class feature", Decimal.fixed(classFeatures.mean, 5))]
    if let representation {
      rows.append(
        ("mean cosine, representation feature", Decimal.fixed(representation.mean, 5)))
    }
    if let texts { rows.append(("mean cosine, labels' features", Decimal.fixed(texts.mean, 5))) }
    return rows
      + agreement.map { kind, top in
        ("same best \(kind.rawValue) label", "\(top.agreeing) of \(top.images)")
      }
  }

  /// The lowest of the mean cosines.
  var cosine: Double { min(classFeatures.mean, representation?.mean ?? 1, texts?.mean ?? 1) }

  /// The figures, a line each, which fit the terminal's columns; nil is a file.
  func table(width: Int?) -> String {
    // The last columns are left out where there is no room for them.
    let isNarrow = width.map { $0 < 53 } ?? false
    var lines = ["feature         mean cosine   lowest\(isNarrow ? "" : "  centred   images")"]
    for (name, comparison) in [
      ("class         ", classFeatures), ("representation", representation),
    ] {
      guard let comparison else { continue }
      lines.append(
        "\(name)     \(Decimal.fixed(comparison.mean, 5))  \(Decimal.fixed(comparison.minimum, 5))"
          + (isNarrow
            ? ""
            : "  \(comparison.centred.map { Decimal.fixed($0, 5) } ?? "      -")   \(comparison.images)")
      )
    }
    for (kind, top) in agreement {
      lines.append(
        "best \(kind.rawValue) label the same: \(top.agreeing) of \(top.images); where float leads "
          + "by more than \(TopLabelAgreement.margin): \(top.confidentAgreeing) of \(top.confident)"
      )
    }
    if let texts {
      lines.append(
        "text tower: mean cosine \(Decimal.fixed(texts.mean, 5)), lowest "
          + "\(Decimal.fixed(texts.minimum, 5)), largest difference of an element "
          + "\(Decimal.fixed(texts.largestDifference, 4)), \(Decimal.counted(texts.images, "label"))"
      )
    }
    return lines.map { $0.wrapped(to: width, indent: 2) }.joined(separator: "\n")
  }
}
