import CLIPModel
import Calibration
import FloatMath
public import ModelFile

/// Finds the figures by which known and novel labels become one answer, from the shots alone: `Classification/ANSWER.md`.
///
/// Leave-classes-out: each part of the labels in turn plays novel, by its names, for the others, which are learnt from the
/// photos that a fold leaves. What a photo of either kind then looks like fits the gate; how sure the model is that
/// a held-out photo shows anything gives the thresholds of `unknown`. Photos of nothing in particular, if there are any, show
/// what is to be told from the labels.
struct AnswerFit {
  /// Parts of the labels.
  private static let parts = 5
  /// Folds of the photos of the labels that are learnt.
  private static let folds = 4
  /// How often labels and photos are split anew.
  private static let repeats = 2
  /// How firmly coefficients are held where they begin: as firmly as so many photos would.
  private static let precision = 10.0

  /// Energies differ by more than distances do, so their coefficients are smaller and have to be held more firmly.
  private static let energyUnit = 3.0

  private let evidence: AnswerEvidence
  private let joined: Matrix
  private let labels: [Int]

  init(_ evidence: AnswerEvidence) {
    self.evidence = evidence
    joined = evidence.shots.features.joined
    labels = Array(evidence.shots.labels[..<evidence.shots.photoCount])
  }

  /// A held-out photo, as the answer's rule sees one.
  private struct Example {
    var isKnown: Bool
    /// The best known class logit less the best novel one.
    var gap: Double
    var evidence: PhotoEvidence
  }

  /// The figures.
  func answer() -> Manifest.Answer {
    let count = evidence.shots.labelCount
    let photos = labels.count
    let average = Double(photos) / Double(count)
    let first = Manifest.Answer.gatePrior(labels: count, photos: average)
    let trials = leaveClassesOut()
    let (known, novel) = (trials.filter(\.isKnown), trials.filter { !$0.isKnown })
    var gate = first
    var classScale = Double(
      ScoreCalibration.scale(of: evidence.names.separateRows, labels: labels, photos: photos))
    if !known.isEmpty, !novel.isEmpty {
      // All examples count as much as there are photos.
      let fitted = Self.regression(
        known.map(Self.gateRow), against: novel.map(Self.gateRow), weight: Double(photos),
        first: [first.gap, first.distance, first.confidence, first.bias])
      gate = Manifest.Answer.Gate(
        gap: max(0, fitted[0]), distance: fitted[1], confidence: fitted[2], bias: fitted[3])
    }
    classScale *= Manifest.Answer.novelSharpness
    var answer = Manifest.Answer(
      knownScale: 1, classScale: classScale, gate: gate,
      origin: "leave-classes-out on \(photos) photos of \(count) labels")
    guard evidence.words.columns > 0 else { return answer }
    let heldOut = heldOut().map(\.evidence)
    var unknown = self.unknown(known: heldOut, novel: novel.map(\.evidence))
    unknown.heldOutKnown = Self.sample(heldOut, by: unknown)
    unknown.heldOutNovel = Self.sample(novel.map(\.evidence), by: unknown)
    answer.unknown = unknown
    return answer
  }

  /// What tells labels from anything else: fitted where there are photos of nothing in particular.
  private func unknown(known: [PhotoEvidence], novel: [PhotoEvidence]) -> Manifest.Answer.Unknown {
    var unknown = Manifest.Answer.unknownPrior(hasPhotos: true)
    let others = evidence.others
    guard !others.isEmpty, !known.isEmpty, let first = unknown.known else { return unknown }
    let weight = Double(2 * min(known.count, others.count))
    let unit = Self.energyUnit
    let byPhotos = Self.regression(
      known.map(Self.unknownRow), against: others.map(Self.unknownRow), weight: weight,
      first: [first.energy * unit, first.distance, first.confidence, first.bias])
    unknown.known = Manifest.Answer.Unknown.Regression(
      energy: byPhotos[0] / unit, distance: byPhotos[1], confidence: byPhotos[2],
      bias: byPhotos[3])
    let byNames = Self.regression(
      (known + novel).map { [$0.energy / unit, 1] }, against: others.map { [$0.energy / unit, 1] },
      weight: weight, first: [unknown.named.energy * unit, unknown.named.bias])
    unknown.named = Manifest.Answer.Unknown.Regression(
      energy: byNames[0] / unit, bias: byNames[1])
    // Photos that play novel are told from the others where the model has novel labels, so that both have such an energy.
    let named = (novel: novel.compactMap(\.novelEnergy), others: others.compactMap(\.novelEnergy))
    guard let first = unknown.novel, !named.novel.isEmpty, !named.others.isEmpty else {
      return unknown
    }
    let byNovelNames = Self.regression(
      named.novel.map { [$0 / unit, 1] }, against: named.others.map { [$0 / unit, 1] },
      weight: Double(2 * min(named.novel.count, named.others.count)),
      first: [first.energy * unit, first.bias])
    unknown.novel = Manifest.Answer.Unknown.Regression(
      energy: byNovelNames[0] / unit, bias: byNovelNames[1])
    return unknown
  }

  private static func gateRow(_ example: Example) -> [Double] {
    [example.gap, example.evidence.distance, example.evidence.confidence, 1]
  }

  private static func unknownRow(_ photo: PhotoEvidence) -> [Double] {
    [photo.energy / energyUnit, photo.distance, photo.confidence, 1]
  }

  /// Coefficients that tell rows from others; both kinds count alike, and all rows as much as `weight` photos.
  private static func regression(
    _ rows: [[Double]], against others: [[Double]], weight: Double, first: [Double]
  ) -> [Double] {
    let weights = [rows.count, others.count].map { count in
      [Double](repeating: weight / 2 / Double(count), count: count)
    }
    return LogisticRegression(
      rows + others, rows.map { _ in true } + others.map { _ in false },
      weights: weights[0] + weights[1], first: first, precision: precision
    ).coefficients
  }

  /// Photos of labels that are learnt and photos of labels that play novel.
  private func leaveClassesOut() -> [Example] {
    let count = evidence.shots.labelCount
    guard count >= 3 else { return [] }
    var random = PythonRandom(seed: 0)
    var examples: [Example] = []
    for _ in 0..<Self.repeats {
      var order = Array(0..<count)
      random.shuffle(&order)
      let parts = min(Self.parts, count)
      for part in 0..<parts {
        let novel = stride(from: part, to: count, by: parts).map { order[$0] }
        let known = (0..<count).filter { !novel.contains($0) }
        guard known.count > 1 else { continue }
        let own = labels.indices.filter { known.contains(labels[$0]) }
        let others = labels.indices.filter { novel.contains(labels[$0]) }
        let folds = StratifiedFolds.split(own.map { labels[$0] }, into: Self.folds, &random)
        for (index, fold) in folds.enumerated() {
          let heldOut = fold.map { own[$0] }
          // Each photo that plays novel is looked at once, by one of the folds.
          let shown = others.indices.filter { $0 % folds.count == index }.map { others[$0] }
          examples += trial(
            learnt: own.filter { !heldOut.contains($0) }, heldOut: heldOut, novel: shown,
            known: known, novelLabels: novel)
        }
      }
    }
    return examples
  }

  /// Photos of all labels, each scored by what the photos of the other folds say.
  private func heldOut() -> [Example] {
    var random = PythonRandom(seed: 0)
    let all = Array(0..<evidence.shots.labelCount)
    return StratifiedFolds.split(labels, into: Self.folds, &random).flatMap { fold in
      let out = Set(fold)
      return trial(
        learnt: labels.indices.filter { !out.contains($0) }, heldOut: fold, novel: [], known: all,
        novelLabels: [])
    }
  }

  /// Looks at photos by what others say.
  ///
  /// - Parameters:
  ///   - learnt: the photos that are learnt from.
  ///   - heldOut: photos of the same labels.
  ///   - novel: photos of the labels that play novel.
  ///   - known: the labels that are learnt.
  ///   - novelLabels: those that play novel.
  /// - Returns: what the answer's rule sees of the held-out photos, then of the novel ones.
  private func trial(
    learnt: [Int], heldOut: [Int], novel: [Int], known: [Int], novelLabels: [Int]
  ) -> [Example] {
    let lda = evidence.shots.lda(of: learnt, known: known)
    let discriminant = evidence.shots.discriminant(of: learnt, known: known)
    let photos = heldOut + novel
    guard !photos.isEmpty else { return [] }
    let features = joined.gathering(rows: photos)
    let distances = lda.nearestDistances(features)
    let logits = discriminant.logits(features).elements
    let tuning = evidence.tuning
    return photos.enumerated().map { index, photo in
      let names = known.map { evidence.names[photo, $0] }
      let fused = known.indices.map { place in
        tuning.textScale * names[place]
          + tuning.discriminantScale * logits[index * known.count + place]
      }
      // The best probability is the best one's exponential over the sum of all.
      let confidence =
        Double(fused.max() ?? 0) - Manifest.Answer.logSumExp(fused, times: 1)
      let played = novelLabels.map { evidence.names[photo, $0] }
      let gap = Double((names.max() ?? 0) - (played.max() ?? 0))
      let novel = played + evidence.novel[rows: photo..<photo + 1].elements
      return Example(
        isKnown: index < heldOut.count, gap: gap,
        evidence: PhotoEvidence(
          energy: energyGap(photo, names + novel),
          novelEnergy: novel.isEmpty ? nil : energyGap(photo, novel), distance: distances[index],
          confidence: confidence))
    }
  }

  /// The energy of some of a photo's labels less that of everyday words; 0 without words.
  private func energyGap(_ photo: Int, _ names: [Float]) -> Double {
    let words = evidence.words[rows: photo..<photo + 1].elements
    return words.isEmpty ? 0 : Manifest.Answer.energy(names) - Manifest.Answer.energy(words)
  }

  /// Ascending unknown scores of photos, at most a thousand of them.
  private static func sample(
    _ photos: [PhotoEvidence], by unknown: Manifest.Answer.Unknown
  ) -> [Float] {
    let sorted = photos.map { photo in
      Float(
        unknown.score(
          energy: photo.energy, novelEnergy: photo.novelEnergy,
          byPhotos: (photo.distance, photo.confidence)))
    }.sorted()
    guard sorted.count > 1000 else { return sorted }
    return (0..<1000).map { sorted[$0 * sorted.count / 1000] }
  }
}

extension AnswerEvidence {
  /// The figures by which known and novel labels become one answer.
  public func fit() -> Manifest.Answer { AnswerFit(self).answer() }
}
