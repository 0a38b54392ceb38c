import CLIPModel
import FloatMath
import ModelFile
import Testing
import Training

/// The figures of one answer, fitted to made-up features: each label is a direction, a photo of it lies near that.
@Suite struct AnswerFitTests {
  private static let columns = 12
  private static let words = 5

  /// Unit vectors near the direction of each label; the names' features are the directions.
  private func features(_ labels: [Int], noise: Float, _ random: inout PythonRandom) -> Matrix {
    let rows = labels.flatMap { label -> [Float] in
      let row = (0..<Self.columns).map { column -> Float in
        let off = noise * Float(random.unit() - 0.5)
        return column == label ? 1 + off : off
      }
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return row.map { $0 / length }
    }
    return Matrix(rows: labels.count, columns: Self.columns, rows)
  }

  /// Text features of the labels.
  private func directions(_ labels: Int) -> Matrix {
    Matrix(
      rows: labels, columns: Self.columns,
      (0..<labels * Self.columns).map { $0 % (Self.columns + 1) == 0 ? 1 : 0 })
  }

  /// Class logits by the names of the labels, then those of words that are other directions.
  private func logits(_ features: Matrix, _ labels: Range<Int>) -> Matrix {
    Matrix(
      rows: features.rows, columns: labels.count,
      (0..<features.rows).flatMap { row in labels.map { 10 * features[row, $0] } })
  }

  private func evidence(
    labels count: Int, photos: Int, others: [PhotoEvidence] = []
  ) -> AnswerEvidence {
    var random = PythonRandom(seed: 5)
    let labels = (0..<count * photos).map { $0 % count }
    let rows = features(labels, noise: 0.9, &random)
    let mirrored = features(labels, noise: 0.9, &random)
    return AnswerEvidence(
      shots: ShotFeatures(
        features: ImageFeatures(
          classFeatures: Matrix.stacked([rows, mirrored]), representation: nil),
        labels: labels + labels, texts: directions(count)),
      tuning: FusionTuning(textScale: 0.5, discriminantScale: 0.5),
      names: logits(rows, 0..<count), novel: Matrix(rows: rows.rows, columns: 0),
      words: logits(rows, Self.columns - Self.words..<Self.columns), others: others)
  }

  @Test func gateTellsKnownFromNovel() throws {
    let photos = 10
    let evidence = evidence(labels: 6, photos: photos)
    let gate = try #require(evidence.fit().gate)
    #expect(gate != Manifest.Answer.gatePrior(labels: 6, photos: 10))
    #expect(gate.gap >= 0 && gate.distance < 0)
    // Photos that were not there: of two labels, the third one is novel.
    var random = PythonRandom(seed: 6)
    let learnt = (0..<20).map { $0 % 2 }
    let lda = RegularizedLDA(
      features: features(learnt, noise: 0.9, &random), labels: learnt, labelCount: 2)
    func probability(_ label: Int) -> Double {
      let new = features([Int](repeating: label, count: 30), noise: 0.9, &random)
      let (logits, distances) = (logits(new, 0..<3), lda.nearestDistances(new))
      return (0..<30).reduce(0) { sum, row in
        let gap = max(logits[row, 0], logits[row, 1]) - logits[row, 2]
        return sum + gate.probability(gap: Double(gap), distance: distances[row], confidence: -0.1)
      } / 30
    }
    #expect(probability(0) > 0.8 && probability(2) < 0.2)
  }

  @Test func heldOutScoresAscend() throws {
    let unknown = try #require(evidence(labels: 5, photos: 4).fit().unknown)
    // Each photo is held out once, and plays novel once in each of two repeats.
    #expect(unknown.heldOutKnown.count == 20 && unknown.heldOutNovel.count == 40)
    for scores in [unknown.heldOutKnown, unknown.heldOutNovel] {
      #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(scores.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test func tooLittleKeepsThePrior() throws {
    // No label can be left out of two, and no photo held out of one.
    let pair = evidence(labels: 2, photos: 6).fit()
    #expect(pair.gate == Manifest.Answer.gatePrior(labels: 2, photos: 6))
    #expect(pair.unknown?.heldOutKnown.count == 12 && pair.unknown?.heldOutNovel == [])
    let single = evidence(labels: 6, photos: 1).fit()
    #expect(single.gate == Manifest.Answer.gatePrior(labels: 6, photos: 1))
    #expect(single.unknown?.heldOutKnown == [])
  }

  @Test func isTheSameEachTime() {
    #expect(evidence(labels: 6, photos: 5).fit() == evidence(labels: 6, photos: 5).fit())
  }

  @Test func photosOfNothingAreToldFromLabels() throws {
    let plain = try #require(evidence(labels: 6, photos: 8).fit().unknown)
    // Near the photos, but with a name that fits badly: what the general figures take for a label.
    let other = PhotoEvidence(energy: -12, novelEnergy: nil, distance: 0.1, confidence: -0.05)
    let taught = try #require(
      evidence(labels: 6, photos: 8, others: [PhotoEvidence](repeating: other, count: 40)).fit()
        .unknown)
    func score(_ unknown: Manifest.Answer.Unknown) -> Double {
      unknown.score(
        energy: other.energy, novelEnergy: other.novelEnergy,
        byPhotos: (other.distance, other.confidence))
    }
    #expect(score(taught) > 1.5 * score(plain))
    let threshold = Double(try #require(taught.heldOutKnown.dropLast(2).last))
    #expect(score(taught) > threshold)
    // What the general figures suspect already is refused with such photos, too.
    let suspect = PhotoEvidence(energy: -3, novelEnergy: nil, distance: 0.6, confidence: -0.05)
    let refused = try #require(
      evidence(labels: 6, photos: 8, others: [PhotoEvidence](repeating: suspect, count: 40)).fit()
        .unknown)
    let limit = Double(try #require(refused.heldOutKnown.dropLast(2).last))
    #expect(
      refused.score(
        energy: suspect.energy, novelEnergy: nil, byPhotos: (suspect.distance, suspect.confidence))
        > limit)
    // What the names of novel labels say is found anew only where the model has some.
    #expect(taught.novel == plain.novel)
    let named = PhotoEvidence(energy: -12, novelEnergy: 2, distance: 0.1, confidence: -0.05)
    let novel = try #require(
      evidence(labels: 6, photos: 8, others: [PhotoEvidence](repeating: named, count: 40)).fit()
        .unknown?.novel)
    func probability(_ names: Manifest.Answer.Unknown.Regression?) throws -> Double {
      let names = try #require(names)
      return Manifest.Answer.logistic(names.energy * 2 + names.bias)
    }
    #expect(try probability(novel) < probability(plain.novel))
  }
}
