public import CLIPModel
public import FloatMath
import ModelFile

/// What the shots say about how one answer is made of known and novel labels.
///
/// Legend: N photos, C labels, E joint size, V words.
public struct AnswerEvidence: Sendable {
  /// The shots by an adapter that has not learnt from them, or by the frozen CLIP.
  var shots: ShotFeatures
  /// How the fusion of known labels is tuned.
  var tuning: FusionTuning
  /// Class logits of the photos by the labels' texts, `[N, C]`.
  var names: Matrix
  /// Class logits of the photos by the novel labels' texts; no columns without novel labels.
  var novel: Matrix
  /// Class logits of the photos by everyday words that mean none of the labels; may have no columns.
  var words: Matrix
  /// Photos of nothing in particular, as the model sees them; may be none.
  var others: [PhotoEvidence]

  /// Puts together what is known of the shots.
  ///
  /// - Parameters:
  ///   - shots: by an adapter that has not learnt from them, or by the frozen CLIP.
  ///   - tuning: how the fusion is tuned.
  ///   - frozen: the shots and their labels' texts by the frozen CLIP.
  ///   - novel: text features of novel labels, `[M, E]`, by the frozen CLIP; nil for none.
  ///   - words: text features of everyday words, `[V, E]`, by the frozen CLIP; nil for none.
  ///   - others: photos of nothing in particular, as the model sees them.
  public init(
    shots: ShotFeatures, tuning: FusionTuning, frozen: FrozenFeatures, novel: Matrix?,
    words: Matrix?, others: [PhotoEvidence] = []
  ) {
    let nothing = Matrix(rows: shots.photoCount, columns: 0)
    let texts = novel.map { Matrix.stacked([frozen.texts.features, $0]) } ?? frozen.texts.features
    let left = words.map { $0.words(apartFrom: texts) }
    self.init(
      shots: shots, tuning: tuning, names: frozen.shots.zeroShot(texts: frozen.texts.features),
      novel: novel.map { frozen.shots.zeroShot(texts: $0) } ?? nothing,
      words: left.map { $0.rows == 0 ? nothing : frozen.shots.zeroShot(texts: $0) } ?? nothing,
      others: others)
  }

  package init(
    shots: ShotFeatures, tuning: FusionTuning, names: Matrix, novel: Matrix, words: Matrix,
    others: [PhotoEvidence]
  ) {
    self.shots = shots
    self.tuning = tuning
    self.names = names
    self.novel = novel
    self.words = words
    self.others = others
  }
}

/// How well a photo fits any label.
public struct PhotoEvidence: Sendable {
  /// The energy of all labels less that of everyday words.
  package let energy: Double
  /// The same of the novel labels alone; nil without novel labels.
  package let novelEnergy: Double?
  /// The distance to the nearest known label's mean.
  package let distance: Double
  /// The logarithm of the highest probability among known labels.
  package let confidence: Double

  package init(energy: Double, novelEnergy: Double?, distance: Double, confidence: Double) {
    self.energy = energy
    self.novelEnergy = novelEnergy
    self.distance = distance
    self.confidence = confidence
  }
}

extension FittedAdapter {
  /// How well photos that it has not learnt from fit its labels.
  ///
  /// - Parameters:
  ///   - features: of the photos, by this adapter.
  ///   - novel: text features of novel labels by this adapter, `[M, E]`; nil for none.
  ///   - words: the same of everyday words, `[V, E]`.
  /// - Returns: what is known of each photo; nothing without a discriminant or words that mean none of the labels.
  public func evidence(
    of features: ImageFeatures, novel: Matrix?, words: Matrix
  ) -> [PhotoEvidence] {
    let texts = novel.map { Matrix.stacked([labels.features, $0]) } ?? labels.features
    let words = words.words(apartFrom: texts)
    guard let lda, words.rows > 0 else { return [] }
    let fused = scorer.logits(features, head: .fusion)
    let names = LabelScorer(texts: texts, alpha: 1).logits(features, head: .classOnly)
    let others = LabelScorer(texts: words, alpha: 1).logits(features, head: .classOnly)
    let distances = lda.nearestDistances(features.joined)
    return distances.enumerated().map { index, distance in
      let row = index..<index + 1
      let logits = fused[rows: row].elements
      let named = names[rows: row].elements
      let words = Manifest.Answer.energy(others[rows: row].elements)
      return PhotoEvidence(
        energy: Manifest.Answer.energy(named) - words,
        novelEnergy: novel == nil
          ? nil : Manifest.Answer.energy(named[labels.features.rows...]) - words,
        distance: distance,
        confidence: Double(logits.max() ?? 0) - Manifest.Answer.logSumExp(logits, times: 1))
    }
  }
}

extension Matrix {
  /// Of words with these text features those that mean none of the labels.
  fileprivate func words(apartFrom labels: Matrix) -> Matrix {
    let cosines = Matrix.product(self, .plain, labels, .transposed).elements
    return gathering(
      rows: Manifest.Answer.wordsApart(rows, from: labels.rows) { cosines[$0 * labels.rows + $1] })
  }
}
