import CLIPModel
import FloatMath
import ModelFile
import Quantization
import Training

extension TrainedModel {
  /// Adds what makes one answer of known and novel labels: figures fitted to the shots, their statistics, everyday words.
  ///
  /// - Parameters:
  ///   - export: what it is added to.
  ///   - progress: is told what is done.
  /// - Throws: when the token embedding or a photo cannot be read.
  func addAnswer(to export: inout ModelExport, _ progress: Progress) throws {
    let words = try progress.during("encoding everyday words") {
      try learner.texts(EverydayWords.list, template: data.template, adapter: fitted.adapter)
    }
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
    let evidence = try progress.during("encoding everyday words") {
      AnswerEvidence(
        shots: untrained.shots, tuning: untrained.tuning, frozen: frozen, novel: novel,
        words: try learner.texts(EverydayWords.list, template: data.template, adapter: nil)
          .features,
        others: try evidenceOfOthers(words: words.features))
    }
    export.answer = progress.during("fitting the answer over learnt labels and those by name") {
      evidence.fit()
    }
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
