import FloatMath
import Glibc
import Testing
import Training

@Suite struct ShrinkageDiscriminantTests {
  /// Two columns, covariance and means that can be worked by hand.
  @Test func equalsTheFormulaByHand() {
    // Label 0 has mean (1, 0), label 1 mean (0, 2); deviations are (±1, 0) and (0, ±2).
    let features = Matrix(rows: 4, columns: 2, [2, 0, 0, 0, 0, 4, 0, 0])
    let discriminant = ShrinkageDiscriminant(
      features: features, labels: [0, 0, 1, 1], labelCount: 2, shrinkage: 0.5)
    // S = diag(0.5, 2), tr S / 2 = 1.25, shrunk diag(0.875, 1.625).
    let weight: [Float] = [1 / 0.875, 0, 0, 2 / 1.625]
    let bias: [Float] = [-0.5 / 0.875, -0.5 * 4 / 1.625]
    for (ours, expected) in zip(discriminant.weight.elements + discriminant.bias, weight + bias) {
      #expect(abs(ours - expected) < 1e-5)
    }
    let logits = discriminant.logits(Matrix(rows: 1, columns: 2, [3, 1])).elements
    #expect(abs(logits[0] - (3 / 0.875 - 0.5 / 0.875)) < 1e-4)
    #expect(abs(logits[1] - (2 / 1.625 - 2 / 1.625)) < 1e-4)
  }

  /// Solving by Cholesky is checked by what it must satisfy: covariance times weight is the mean.
  @Test(arguments: [(1, 0.1 as Float), (7, 0.02), (40, 0.3), (65, 1)])
  func solvesForAnyWidth(columns: Int, shrinkage: Float) {
    var random = PythonRandom(seed: columns)
    let labels = (0..<90).map { $0 % 3 }
    let features = Matrix(
      rows: 90, columns: columns, (0..<90 * columns).map { _ in Float(random.unit() - 0.5) })
    let fitted = ShrinkageDiscriminant(
      features: features, labels: labels, labelCount: 3, shrinkage: shrinkage)
    let x = features.elements.map(Double.init)
    var means = [Double](repeating: 0, count: 3 * columns)
    for row in 0..<90 {
      for c in 0..<columns { means[labels[row] * columns + c] += x[row * columns + c] / 30 }
    }
    var covariance = [Double](repeating: 0, count: columns * columns)
    for row in 0..<90 {
      for a in 0..<columns {
        for b in 0..<columns {
          covariance[a * columns + b] +=
            (x[row * columns + a] - means[labels[row] * columns + a])
            * (x[row * columns + b] - means[labels[row] * columns + b]) / 90
        }
      }
    }
    let trace = (0..<columns).reduce(0) { $0 + covariance[$1 * columns + $1] }
    for label in 0..<3 {
      for a in 0..<columns {
        var product = Double(shrinkage) * trace / Double(columns) * Double(fitted.weight[label, a])
        for b in 0..<columns {
          product +=
            (1 - Double(shrinkage)) * covariance[a * columns + b] * Double(fitted.weight[label, b])
        }
        #expect(abs(product - means[label * columns + a]) < 2e-4)
      }
    }
  }

  @Test func onePhotoALabelLeavesTheDiscriminantIn() {
    let photos = Matrix(rows: 2, columns: 2, [1, 0, 0, 1])
    let shots = FewShotLearner.Shots(
      features: FloatCLIP.ImageFeatures(
        classFeatures: Matrix.stacked([photos, photos]), representation: nil),
      labels: [0, 1, 0, 1], labelCount: 2)
    let texts = UnitRows(Matrix(rows: 2, columns: 2, repeating: 1)).rows
    let tuning = shots.tuneDiscriminant(zeroShot: shots.zeroShot(texts: texts))
    #expect(tuning.weight > 0)
    let logits = shots.discriminant(tuning, texts: texts, alpha: 1).logits(photos)
    #expect(logits.largestColumns == [0, 1])
  }

  /// Two noisy directions and one that tells: the discriminant must beat the centroids that it is compared with.
  @Test func tuningPrefersWhatRecognisesShots() {
    var random = PythonRandom(seed: 2)
    let labelCount = 4
    let labels = (0..<80).map { $0 % labelCount }
    let one = labels.map { label in
      [Float(random.unit() - 0.5) * 6]
        + (0..<labelCount).map { Float($0 == label ? 0.6 : 0) }
        .map { $0 + Float(random.unit() - 0.5) * 0.2 }
    }
    let photos = Matrix(rows: 80, columns: 5, one.flatMap { $0 })
    let shots = FewShotLearner.Shots(
      features: FloatCLIP.ImageFeatures(
        classFeatures: UnitRows(Matrix.stacked([photos, photos])).rows, representation: nil),
      labels: labels + labels, labelCount: labelCount)
    // Texts that point nowhere.
    let texts = UnitRows(Matrix(rows: 4, columns: 5, repeating: 1)).rows
    let tuning = shots.tuneDiscriminant(zeroShot: shots.zeroShot(texts: texts))
    #expect(tuning.weight > 0)
    let fitted = shots.discriminant(shrinkage: tuning.shrinkage)
    let right = zip(fitted.logits(shots.features.joined).largestColumns, shots.labels)
      .count { $0 == $1 }
    let byCentroid = FewShotScorer(texts: shots.centroids, alpha: 1)
      .logits(shots.features, head: .fusion).largestColumns
    let rightByCentroid = zip(byCentroid, shots.labels).count { $0 == $1 }
    #expect(right > rightByCentroid)
    #expect(right > 150)
  }

  /// A target is what rows of white noise give: with it, features and rows before their projection tell the same.
  @Test func shrinkingTowardsTheProjectionIsShrinkingBeforeIt() {
    var random = PythonRandom(seed: 5)
    func noise(_ rows: Int, _ columns: Int) -> Matrix { .noise(rows, columns, &random) }
    let labels = (0..<60).map { $0 % 3 }
    var projection = noise(4, 4)
    for index in 0..<4 { projection.withMutableSpan { $0[index * 5] += 1 } }
    let rows = [noise(60, 4), noise(60, 4)]
    func joined(_ parts: [Matrix]) -> Matrix {
      FloatCLIP.ImageFeatures(classFeatures: parts[0], representation: parts[1]).joined
    }
    let features = joined(rows.map { Matrix.product($0, projection) })
    // The target's trace is made that of the covariance, so the shrinkage before has to be made up to match.
    let moments = ShrinkageDiscriminant.Moments(features: features, labels: labels, labelCount: 3)
    let towards = moments.discriminant(
      shrinkage: 1, target: ShrinkageDiscriminant.Target(projection: projection))
    let before = ShrinkageDiscriminant(
      features: joined(rows), labels: labels, labelCount: 3, shrinkage: 1)
    let (a, b) = (towards.logits(features).elements, before.logits(joined(rows)).elements)
    let factor = a[0] / b[0]
    for (a, b) in zip(a, b) { #expect(abs(a - factor * b) < 1e-3 * max(1, abs(a))) }
    // An orthogonal projection is no reason to do anything else.
    let turn = Matrix(rows: 2, columns: 2, [0.6, -0.8, 0.8, 0.6])
    let plain = moments.discriminant(shrinkage: 0.3)
    let turned = moments.discriminant(
      shrinkage: 0.3, target: ShrinkageDiscriminant.Target(projection: turn))
    for (a, b) in zip(plain.weight.elements, turned.weight.elements) {
      #expect(abs(a - b) < 1e-3 * max(1, abs(a)))
    }
  }

  /// The scale multiplies discriminant and text logits alike, so no answer changes, only how sure it is.
  @Test(arguments: [0.01 as Float, 0.4, 3])
  func scalingTheFusionKeepsItsOrder(factor: Float) {
    var random = PythonRandom(seed: 4)
    func unit(_ rows: Int) -> Matrix { UnitRows(.noise(rows, 6, &random)).rows }
    let features = FloatCLIP.ImageFeatures(classFeatures: unit(12), representation: unit(12))
    let texts = unit(3)
    let plain = ShrinkageDiscriminant(
      features: features.joined, labels: (0..<12).map { $0 % 3 }, labelCount: 3, shrinkage: 0.5)
    let scaled = plain.scalingFusion(by: factor, texts: texts, alpha: 0.3)
    func fusion(_ discriminant: ShrinkageDiscriminant) -> [Float] {
      FewShotScorer(texts: texts, alpha: 0.3, discriminant: discriminant)
        .logits(features, head: .fusion).elements
    }
    for (a, b) in zip(fusion(plain), fusion(scaled)) { #expect(abs(factor * a - b) < 1e-3) }
    // Without a representation, texts are compared with the class feature alone.
    let alone = FloatCLIP.ImageFeatures(
      classFeatures: features.classFeatures, representation: nil)
    let single = ShrinkageDiscriminant(
      features: alone.joined, labels: (0..<12).map { $0 % 3 }, labelCount: 3, shrinkage: 0.5)
    let scorers = [single, single.scalingFusion(by: factor, texts: texts, alpha: 1)]
      .map { FewShotScorer(texts: texts, alpha: 1, discriminant: $0) }
    let logits = scorers.map { $0.logits(alone, head: .fusion).elements }
    for (a, b) in zip(logits[0], logits[1]) { #expect(abs(factor * a - b) < 1e-3) }
  }

  /// Logits that are right for seven of ten photos by the same lead: the likeliest scale gives the lead a share of about 0.7.
  @Test func scaleSaysHowOftenLogitsAreRight() {
    let photos = 200
    let labels = [Int](repeating: 0, count: photos)
    for lead in [0.02, 5, 400] as [Float] {
      let logits = Matrix(
        rows: photos, columns: 2,
        (0..<photos).flatMap { ($0 % 10 < 7 ? [lead, 0] : [0, lead]) as [Float] })
      let scale = ScoreCalibration.scale(of: logits, labels: labels, photos: photos)
      #expect(abs(1 / (1 + exp(-scale * lead)) - 0.7) < 0.01)
    }
    // Where all are right, a doubt is left: one of 202, half of it on the other label.
    let right = Matrix(rows: photos, columns: 2, (0..<photos).flatMap { _ in [2, 0] as [Float] })
    let scale = ScoreCalibration.scale(of: right, labels: labels, photos: photos)
    #expect(abs(1 / (1 + exp(-2 * scale)) - (1 - 0.5 / 202)) < 1e-3)
  }

  @Test func fusionAddsTheDiscriminantToBothHeads() throws {
    var random = PythonRandom(seed: 8)
    func unit(_ rows: Int) -> Matrix { UnitRows(.noise(rows, 6, &random)).rows }
    let features = FloatCLIP.ImageFeatures(classFeatures: unit(5), representation: unit(5))
    let texts = unit(3)
    let discriminant = ShrinkageDiscriminant(
      features: unit(9).joinedTwice, labels: [0, 1, 2, 0, 1, 2, 0, 1, 2], labelCount: 3,
      shrinkage: 0.5)
    let scorer = FewShotScorer(texts: texts, alpha: 0.3, discriminant: discriminant)
    let fusion = scorer.logits(features, head: .fusion)
    let byClass = scorer.logits(features, head: .classOnly)
    let representation = try #require(features.representation)
    for image in 0..<5 {
      for label in 0..<3 {
        var c: Float = 0
        var r: Float = 0
        var d = discriminant.bias[label]
        for k in 0..<6 {
          c += 100 * features.classFeatures[image, k] * texts[label, k]
          r += 100 * representation[image, k] * texts[label, k]
          d +=
            discriminant.weight[label, k] * features.classFeatures[image, k]
            + discriminant.weight[label, 6 + k] * representation[image, k]
        }
        #expect(abs(byClass[image, label] - c) < 1e-3)
        #expect(abs(fusion[image, label] - (0.3 * c + 0.7 * r + d)) < 2e-3)
      }
    }
  }
}

extension Matrix {
  /// Uniform in -0.5 ..< 0.5.
  fileprivate static func noise(
    _ rows: Int, _ columns: Int, _ random: inout PythonRandom
  ) -> Matrix {
    Matrix(
      rows: rows, columns: columns, (0..<rows * columns).map { _ in Float(random.unit() - 0.5) })
  }

  /// Each row beside itself.
  fileprivate var joinedTwice: Matrix {
    FloatCLIP.ImageFeatures(classFeatures: self, representation: self).joined
  }
}
