import CLIPModel
import FloatMath

/// A way to classify by features.
struct Classifier: Sendable {
  /// In a few words.
  var name: String
  /// Logits `[N, C]` of unit features.
  var logits: @Sendable (ImageFeatures) -> Matrix

  /// The discriminant of shots by their features as they are.
  static func discriminant(of shots: ShotFeatures) -> Classifier {
    let discriminant = shots.discriminant()
    return Classifier(name: "Discriminant of the shots") { discriminant.logits($0.joined) }
  }
}

extension FrozenFeatures {
  /// What needs no training, on the frozen CLIP's features.
  var baselines: [Classifier] {
    let zeroShot = LabelScorer(texts: texts.features, alpha: 1)
    let centroids = LabelScorer(texts: shots.centroids, alpha: 1)
    let mixed = ShrunkMeans(shots, texts: texts.features)
    let tipAdapter = TipAdapter(shots, texts: texts.features)
    return [
      Classifier(name: "Zero-shot CLIP") { zeroShot.logits($0, head: .fusion) },
      Classifier(name: "Centroids of the shots") { centroids.logits($0, head: .fusion) },
      Classifier(name: "Centroids shrunk towards texts") { mixed.logits($0.classFeatures) },
      Classifier(name: "Tip-Adapter") { tipAdapter.logits($0.classFeatures) },
      .discriminant(of: shots),
    ]
  }
}

extension FittedAdapter {
  /// The adapter alone, then (if it has one) with its discriminant, which is what ships.
  var classifiers: [Classifier] {
    let name = adapter.geometry.method == .mmrl ? "MMRL" : "MMRL++"
    let whole = scorer
    var alone = whole
    alone.discriminant = nil
    let classifiers = [Classifier(name: name) { [alone] in alone.logits($0, head: .fusion) }]
    guard discriminant != nil else { return classifiers }
    return classifiers + [
      Classifier(name: "\(name) with discriminant") { whole.logits($0, head: .fusion) }
    ]
  }
}

/// Label means of n photos that count n / (n + k), beside the label's text.
///
/// Images and texts of a CLIP lie in two narrow cones; both are centred first, or how far one label's mean is trusted would
/// shift its logit as a whole.
private struct ShrunkMeans {
  /// As many photos as a text is worth, k.
  private static let photosOfText: Float = 2
  /// The mean of the shots, `[1, E]`.
  private let centre: Matrix
  /// `[C, E]`.
  private let labels: Matrix

  init(_ shots: ShotFeatures, texts: Matrix) {
    let features = shots.features.classFeatures
    var centre = features.columnSums
    centre.scale(by: 1 / Float(features.rows))
    var textCentre = texts.columnSums
    textCentre.scale(by: 1 / Float(texts.rows))
    func centred(_ rows: Matrix, about centre: Matrix) -> Matrix {
      var rows = rows
      rows.add(centre.gathering(rows: [Int](repeating: 0, count: rows.rows)), scale: -1)
      return rows
    }
    var sums = Matrix(rows: shots.labelCount, columns: features.columns)
    sums.add(centred(features, about: centre), toRows: shots.labels)
    let means = UnitRows(sums).rows
    let words = UnitRows(centred(texts, about: textCentre)).rows
    var counts = [Float](repeating: 0, count: shots.labelCount)
    for label in shots.labels { counts[label] += 0.5 }
    let columns = features.columns
    let (a, b) = (means.elements, words.elements)
    let mixed = a.indices.map { index in
      let trust = counts[index / columns] / (counts[index / columns] + Self.photosOfText)
      return trust * a[index] + (1 - trust) * b[index]
    }
    labels = UnitRows(Matrix(rows: means.rows, columns: columns, mixed)).rows
    self.centre = centre
  }

  func logits(_ features: Matrix) -> Matrix {
    var centred = features
    centred.add(centre.gathering(rows: [Int](repeating: 0, count: features.rows)), scale: -1)
    var logits = Matrix.product(centred, .plain, labels, .transposed)
    logits.scale(by: Fusion.logitScale)
    return logits
  }
}
