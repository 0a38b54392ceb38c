import CLIPModel
import FloatMath
import ModelFile
import Quantization
import Training

extension TrainedModel {
  /// Adds what makes one answer of known and novel labels: figures fitted to the shots, their statistics, everyday words.
  ///
  /// - Throws: when the token embedding or a photo cannot be read.
  func addAnswer(to export: inout ModelExport) throws {
    let words = try learner.texts(
      EverydayWords.list, template: data.template, adapter: fitted.adapter)
    export.words = words
    guard let untrained = fitted.untrained, let tuning = fitted.tuning, let lda = fitted.lda else {
      export.answer = Manifest.Answer(
        unknown: Manifest.Answer.unknownPrior(hasPhotos: false), origin: "no discriminant of photos"
      )
      return
    }
    let novel = try novel.map {
      try learner.texts($0.labels, template: data.template, adapter: nil).features
    }
    export.answer = AnswerEvidence(
      shots: untrained.shots, tuning: untrained.tuning, frozen: frozen, novel: novel,
      words: try learner.texts(EverydayWords.list, template: data.template, adapter: nil).features,
      others: try evidenceOfOthers(words: words.features)
    ).fit()
    var counts = [Int](repeating: 0, count: data.labels.count)
    for label in data.shots.labels { counts[label] += 1 }
    export.photos = ModelExport.Photos(
      means: lda.means, factor: lda.factorOfScatter,
      statistics: Manifest.Statistics(
        photos: counts, variance: lda.variance,
        discriminantScale: Double(tuning.discriminantScale),
        textScale: Double(tuning.textScale)))
  }

  /// How well photos of none of the labels fit the labels.
  private func evidenceOfOthers(words: Matrix) throws -> [PhotoEvidence] {
    guard !others.isEmpty else { return [] }
    let adapter = fitted.adapter
    let features = try learner.features(of: others.map { Photo(path: $0, label: 0) }) {
      learner.features(of: $0, adapter: adapter)
    }
    let novel = try novel.map {
      try learner.texts($0.labels, template: data.template, adapter: adapter).features
    }
    return fitted.evidence(of: features, novel: novel, words: words)
  }
}
