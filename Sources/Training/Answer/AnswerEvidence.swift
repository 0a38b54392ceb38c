import CLIPModel
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

  /// Puts together what is known of the shots.
  ///
  /// - Parameters:
  ///   - shots: by an adapter that has not learnt from them, or by the frozen CLIP.
  ///   - tuning: how the fusion is tuned.
  ///   - frozen: the shots and their labels' texts by the frozen CLIP.
  ///   - novel: text features of novel labels, `[M, E]`, by the frozen CLIP; nil for none.
  ///   - words: text features of everyday words, `[V, E]`, by the frozen CLIP; nil for none.
  public init(
    shots: ShotFeatures, tuning: FusionTuning, frozen: FrozenFeatures, novel: Matrix?,
    words: Matrix?
  ) {
    self.shots = shots
    self.tuning = tuning
    names = frozen.shots.zeroShot(texts: frozen.texts.features)
    let nothing = Matrix(rows: shots.photoCount, columns: 0)
    self.novel = novel.map { frozen.shots.zeroShot(texts: $0) } ?? nothing
    let texts = novel.map { Matrix.stacked([frozen.texts.features, $0]) } ?? frozen.texts.features
    let others = words.map { $0.gathering(rows: EverydayWords.meaningOthers($0, than: texts)) }
    self.words =
      others.map { $0.rows == 0 ? nothing : frozen.shots.zeroShot(texts: $0) } ?? nothing
  }
}

/// Names of whatever else an image may show, which the labels are compared with.
enum EverydayWords {
  /// The rows of words that mean none of the labels: see ``Manifest/Answer/sameMeaning``.
  static func meaningOthers(_ words: Matrix, than labels: Matrix) -> [Int] {
    let cosines = Matrix.product(words, .plain, labels, .transposed).elements
    let count = labels.rows
    return (0..<words.rows).filter { word in
      cosines[word * count..<(word + 1) * count].allSatisfy { $0 < Manifest.Answer.sameMeaning }
    }
  }
}
