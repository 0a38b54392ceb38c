internal import Calibration
internal import Glibc
internal import ModelFile

/// What a taught model says of photos that it was not taught: each of the taught ones is held out once, as far as another
/// photo of its label is left.
struct Trial {
  /// The logit scales that make the labels of held-out photos most likely.
  private(set) var scales: Scales
  /// The logit scale of the class head alone, by the names of the known labels.
  let classScale: Float
  /// Photos that were held out, and those of them that were given their label.
  private(set) var right = (right: 0, photos: 0)
  /// How probable it is, for each of them, that no label fits; none where the model has no words.
  private(set) var unknownScores: [Float] = []
  /// How many of them of each label were given which one.
  private var answers: [Int: [Int: Int]] = [:]

  /// A photo that was held out.
  private struct HeldOut {
    var label: Int
    /// Class logits of the known labels.
    var names: [Float]
    /// Logits of LDA.
    var discriminant: [Float]
    var distance: Double
    /// The energy of all labels less that of everyday words, and that of the novel ones, if any; nil without words.
    var energies: (all: Double, novel: Double?)?
  }

  init(_ teaching: Teaching, folds: Int) throws(ModelFileError) {
    let names = Names(teaching, words: try teaching.model.wordFeatures())
    let taught = teaching.taught
    let labels = taught.map(\.label)
    // Names that say nothing of their photos, as "lamp A" and "lamp B", say nothing of other labels' scale either.
    classScale = ScoreCalibration.scale(
      of: taught.map { names.known(of: $0.views[0]) }, labels: labels, photos: labels.count,
      around: 1)
    let old = teaching.model.manifest.statistics
    let first = DiscriminantPrior.scales(embedDim: teaching.model.manifest.geometry.embedDim)
    scales = Scales(
      text: Float(old?.textScale ?? first.text),
      discriminant: Float(old?.discriminantScale ?? first.discriminant))
    let photos = Self.folds(of: teaching, count: folds).flatMap { fold in
      Self.heldOut(fold, of: teaching, names)
    }
    guard !photos.isEmpty else { return }
    let factors = ScoreCalibration.factors(
      of: (photos.map(\.names), photos.map(\.discriminant)), labels: photos.map(\.label),
      photos: photos.count, around: (scales.text, scales.discriminant))
    scales = Scales(text: factors.0, discriminant: factors.1)
    for photo in photos { judge(photo) }
  }

  private mutating func judge(_ photo: HeldOut) {
    let logits = zip(photo.names, photo.discriminant).map {
      scales.text * $0 + scales.discriminant * $1
    }
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    right.photos += 1
    right.right += best == photo.label ? 1 : 0
    answers[photo.label, default: [:]][best, default: 0] += 1
    guard let energies = photo.energies else { return }
    let confidence = Double(logits[best]) - Manifest.Answer.logSumExp(logits, times: 1)
    unknownScores.append(
      Float(
        Manifest.Answer.unknownPrior(hasPhotos: true)
          .score(
            energy: energies.all, novelEnergy: energies.novel,
            byPhotos: (photo.distance, confidence))))
  }

  /// Two labels that photos do not tell apart.
  struct Alike {
    var labels: (Int, Int)
    /// Held-out photos of both that were given one of the two.
    var photos: Int
    /// Those of them that were given the right one.
    var right: Int
  }

  /// Pairs of labels that are not told apart: were photos given the right one of the two three times out of four, so few would be
  /// right less than once in twenty times.
  var alike: [Alike] {
    let labels = answers.keys.sorted()
    func given(_ label: Int, _ answer: Int) -> Int { answers[label]?[answer] ?? 0 }
    return labels.flatMap { one in
      labels.filter { $0 > one }.compactMap { two in
        let right = given(one, one) + given(two, two)
        let photos = right + given(one, two) + given(two, one)
        guard right < photos,
          let share = Proportion(right, of: photos), share.probabilityOfSoFew(at: 0.75) < 0.05
        else { return nil }
        return Alike(labels: (one, two), photos: photos, right: right)
      }
    }
  }

  /// The photos of a fold by what the others say.
  private static func heldOut(
    _ fold: [Int], of teaching: Teaching, _ names: Names
  ) -> [HeldOut] {
    let out = Set(fold)
    var statistics = teaching.untaught
    for (index, photo) in teaching.taught.enumerated() where !out.contains(index) {
      statistics.add(photo.views, to: photo.label)
    }
    let fit = statistics.fit(texts: teaching.known.map(\.text))
    return fold.map { index in
      let photo = teaching.taught[index]
      let known = names.known(of: photo.views[0])
      return HeldOut(
        label: photo.label, names: known,
        discriminant: fit.logits(photo.views[0]).map { Float($0) },
        distance: fit.nearestDistance(photo.views[0]),
        energies: names.energies(of: photo.views[0], known: known))
    }
  }

  /// Stratified folds of the taught photos; a label's only photo is in none.
  private static func folds(of teaching: Teaching, count: Int) -> [[Int]] {
    var folds = [[Int]](repeating: [], count: count)
    var placed: [Int: Int] = [:]
    var photos: [Int: Int] = [:]
    for photo in teaching.taught { photos[photo.label, default: 0] += 1 }
    for (index, photo) in teaching.taught.enumerated() {
      let others =
        photos[photo.label, default: 0] - 1 + Int(teaching.untaught.counts[photo.label].rounded())
      guard others > 0 else { continue }
      // Labels begin with different folds, and of two photos of one label never both are out.
      folds[(placed[photo.label, default: 0] + photo.label) % count].append(index)
      placed[photo.label, default: 0] += 1
    }
    return folds.filter { !$0.isEmpty }
  }
}

/// Class logits by names.
private struct Names {
  private let known: [[Float]]
  private let novel: [[Float]]
  /// Those that mean none of the labels.
  private let words: [[Float]]

  init(_ teaching: Teaching, words: [Float]) {
    known = teaching.known.map(\.text)
    novel = teaching.novel.map(\.text)
    let labels = known + novel
    let columns = teaching.model.manifest.geometry.embedDim
    let features = stride(from: 0, to: words.count, by: columns).map {
      Array(words[$0..<$0 + columns])
    }
    let apart = Manifest.Answer.wordsApart(features.count, from: labels.count) {
      Self.dot(features[$0], labels[$1])
    }
    self.words = apart.map { features[$0] }
  }

  /// Class logits of the known labels.
  func known(of feature: [Float]) -> [Float] { known.map { 100 * Self.dot($0, feature) } }

  /// The energy of all labels, and that of the novel ones, if any, less that of the words; nil without words.
  func energies(of feature: [Float], known: [Float]) -> (all: Double, novel: Double?)? {
    guard !words.isEmpty else { return nil }
    let novel = novel.map { 100 * Self.dot($0, feature) }
    let others = words.map { 100 * Self.dot($0, feature) }
    let energy = Manifest.Answer.energy(others)
    return (
      Manifest.Answer.energy(known + novel) - energy,
      novel.isEmpty ? nil : Manifest.Answer.energy(novel) - energy
    )
  }

  /// The product of a text feature with the class part of a feature.
  private static func dot(_ text: [Float], _ feature: [Float]) -> Float {
    var sum: Float = 0
    for column in text.indices { sum += text[column] * feature[column] }
    return sum
  }
}
