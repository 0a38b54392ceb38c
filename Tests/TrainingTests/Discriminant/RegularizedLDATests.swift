import CLIPModel
import FloatMath
import Testing
import Training

@Suite struct RegularizedLDATests {
  /// Two columns, covariance and means that can be worked by hand.
  @Test func equalsTheFormulaByHand() {
    // Label 0 has mean (1, 0), label 1 mean (0, 2); deviations are (±1, 0) and (0, ±2).
    let features = Matrix(rows: 4, columns: 2, [2, 0, 0, 0, 0, 4, 0, 0])
    let discriminant = RegularizedLDA(
      features: features, labels: [0, 0, 1, 1], labelCount: 2
    ).discriminant
    // Scatter diag(2, 8); the columns' variances about (0.5, 1) are 3 / 3 and 12 / 3, their mean t 2.5; N - C and E are 2.
    let covariance: [Float] = [(2 + 2 * 2.5) / 4, (8 + 2 * 2.5) / 4]
    // A mean of two photos is off by half of what one is off by: diag(2, 8) / 2.
    let excess = (2 / covariance[0] + 8 / covariance[1]) / 2 / 2
    let weight = [1 / covariance[0], 0, 0, 2 / covariance[1]]
    let bias = [-0.5 * (1 / covariance[0] - excess), -0.5 * (4 / covariance[1] - excess)]
    for (ours, expected) in zip(discriminant.weight.elements + discriminant.bias, weight + bias) {
      #expect(abs(ours - expected) < 1e-5)
    }
    let logits = discriminant.logits(Matrix(rows: 1, columns: 2, [3, 1])).elements
    #expect(abs(logits[0] - (3 * weight[0] + bias[0])) < 1e-4)
    #expect(abs(logits[1] - (weight[3] + bias[1])) < 1e-4)
  }

  /// Solving by Cholesky is checked by what it must satisfy: covariance times weight is the mean.
  @Test(arguments: [(1, 1), (7, 2), (40, 1), (65, 2)])
  func solvesForAnyWidth(columns: Int, views: Int) {
    var random = PythonRandom(seed: columns)
    let labels = (0..<90).map { $0 % 3 }
    let features = Matrix(
      rows: 90, columns: columns, (0..<90 * columns).map { _ in Float(random.unit() - 0.5) })
    let fitted = RegularizedLDA(
      features: features, labels: labels, labelCount: 3, views: views
    ).discriminant
    let x = features.elements.map(Double.init)
    let photos = Double(90 / views)
    var means = [Double](repeating: 0, count: 3 * columns)
    var common = [Double](repeating: 0, count: columns)
    for row in 0..<90 {
      for c in 0..<columns {
        means[labels[row] * columns + c] += x[row * columns + c] / 30
        common[c] += x[row * columns + c] / 90
      }
    }
    var covariance = [Double](repeating: 0, count: columns * columns)
    let divisor = Double(views) * (photos - 3 + Double(columns))
    var variance = 0.0
    for row in 0..<90 {
      for a in 0..<columns {
        let off = x[row * columns + a] - common[a]
        variance += off * off / Double(views * columns) / (photos - 1)
        for b in 0..<columns {
          covariance[a * columns + b] +=
            (x[row * columns + a] - means[labels[row] * columns + a])
            * (x[row * columns + b] - means[labels[row] * columns + b]) / divisor
        }
      }
    }
    let added = variance * Double(columns) / (photos - 3 + Double(columns))
    for label in 0..<3 {
      for a in 0..<columns {
        var product = added * Double(fitted.weight[label, a])
        for b in 0..<columns {
          product += covariance[a * columns + b] * Double(fitted.weight[label, b])
        }
        #expect(abs(product - means[label * columns + a]) < 2e-4)
      }
    }
  }

  /// Labels that are all alike but for their number of photos: those of few must win as often as their share.
  @Test func labelsOfFewPhotosAreNotAtALoss() {
    var random = PythonRandom(seed: 6)
    let columns = 20
    func photos(_ count: Int) -> [Float] {
      (0..<count * columns).map { _ in Float(random.unit() + random.unit() + random.unit() - 1.5) }
    }
    var won = 0
    let draws = 40
    for _ in 0..<draws {
      let labels = [0, 0] + [Int](repeating: 1, count: 30) + [Int](repeating: 2, count: 30)
      let discriminant = RegularizedLDA(
        features: Matrix(rows: 62, columns: columns, photos(62)), labels: labels, labelCount: 3
      ).discriminant
      won += discriminant.logits(Matrix(rows: 50, columns: columns, photos(50))).largestColumns
        .count { $0 == 0 }
    }
    // A third of 2,000, give or take: without the correction it is a few percent.
    #expect(won > draws * 50 / 5 && won < draws * 50 / 2)
  }

  @Test func onePhotoALabelLeavesTheDiscriminantIn() {
    let photos = Matrix(rows: 2, columns: 2, [1, 0, 0, 1])
    let texts = UnitRows(Matrix(rows: 2, columns: 2, repeating: 1)).rows
    let shots = ShotFeatures(
      features: ImageFeatures(
        classFeatures: Matrix.stacked([photos, photos]), representation: nil),
      labels: [0, 1, 0, 1], texts: texts)
    let tuning = shots.tuneFusion(zeroShot: shots.zeroShot(texts: texts))
    #expect(tuning.discriminantScale > 0)
    let logits = shots.discriminant().tuned(tuning, texts: texts, alpha: 1).logits(photos)
    #expect(logits.largestColumns == [0, 1])
  }

  /// Photos `[N, 5]` of labels in turn: one column of noise, a column for each label that it stands out in by `signal`.
  private func shots(_ count: Int, signal: Float, seed: Int) -> ShotFeatures {
    var random = PythonRandom(seed: seed)
    let labels = (0..<count).map { $0 % 4 }
    func noise(_ width: Float) -> Float { Float(random.unit() - 0.5) * width }
    var photos: [Float] = []
    for label in labels {
      photos.append(noise(2))
      for column in 0..<4 { photos.append((column == label ? signal : 0) + noise(0.5)) }
    }
    let one = Matrix(rows: count, columns: 5, photos)
    return ShotFeatures(
      features: ImageFeatures(
        classFeatures: UnitRows(Matrix.stacked([one, one])).rows, representation: nil),
      labels: labels + labels, texts: UnitRows(Matrix(rows: 4, columns: 5, repeating: 1)).rows)
  }

  /// A noisy direction and four that tell: the discriminant must beat the centroids that it is compared with.
  @Test func tuningPrefersWhatRecognisesShots() {
    let shots = shots(80, signal: 0.4, seed: 2)
    // Texts that point nowhere.
    let texts = UnitRows(Matrix(rows: 4, columns: 5, repeating: 1)).rows
    let tuning = shots.tuneFusion(zeroShot: shots.zeroShot(texts: texts))
    let others = self.shots(400, signal: 0.4, seed: 3)
    func right(_ logits: Matrix) -> Int {
      zip(logits.largestColumns, others.labels).count { $0 == $1 }
    }
    let scorer = LabelScorer(
      texts: texts, alpha: 1,
      discriminant: shots.discriminant().tuned(tuning, texts: texts, alpha: 1))
    let fused = scorer.logits(others.features, head: .fusion)
    let byCentroid = LabelScorer(texts: shots.centroids, alpha: 1)
      .logits(others.features, head: .fusion)
    #expect(right(fused) > right(byCentroid))
    // What it says of photos that it has not seen is what comes true.
    let reliability = ScoreReliability(logits: fused, actual: others.labels)
    #expect(reliability.calibrationError < 0.1)
  }

  /// Features without a signal must not drown texts that name the label, once there is a photo to see it by.
  @Test(arguments: [2, 4])
  func tuningKeepsTextsThatTell(photos: Int) {
    let noise = shots(4 * photos, signal: 0, seed: 7)
    // Logits of texts that know every label.
    let zeroShot = Matrix(
      rows: 4 * photos, columns: 4,
      (0..<4 * photos).flatMap { row in (0..<4).map { $0 == row % 4 ? 5 : 0 } as [Float] })
    let tuning = noise.tuneFusion(zeroShot: zeroShot)
    // The discriminant's leads among photos of noise must stay below the texts'.
    let leads = noise.discriminant().logits(shots(40, signal: 0, seed: 8).features.joined)
    for row in 0..<leads.rows {
      let own = leads[rows: row..<row + 1].elements
      let lead = tuning.discriminantScale * ((own.max() ?? 0) - (own.min() ?? 0))
      #expect(lead < 5 * tuning.textScale)
    }
  }

  /// With two photos a label each is judged by one fewer: photos of labels that hold some out must not lose to those that do not.
  @Test func twoPhotosALabelAreEnoughToTrustTheDiscriminant() {
    let two = shots(8, signal: 0.8, seed: 4)
    let texts = UnitRows(Matrix(rows: 4, columns: 5, repeating: 1)).rows
    let zeroShot = two.zeroShot(texts: texts)
    let one = shots(4, signal: 0.8, seed: 4)
    let tuned = two.tuneFusion(zeroShot: zeroShot)
    let untuned = one.tuneFusion(zeroShot: one.zeroShot(texts: texts))
    #expect(untuned.discriminantScale == 1)
    #expect(tuned.discriminantScale > untuned.discriminantScale / 2)
    let scorer = LabelScorer(
      texts: texts, alpha: 1,
      discriminant: two.discriminant().tuned(tuned, texts: texts, alpha: 1))
    let others = shots(200, signal: 0.8, seed: 5)
    let right = zip(
      scorer.logits(others.features, head: .fusion).largestColumns, others.labels
    ).count { $0 == $1 }
    #expect(right > 300)
  }

  /// A target is what rows of white noise give: with it, one photo a label is told by features as by rows before their
  /// projection.
  @Test func regularisingTowardsTheProjectionIsRegularisingBeforeIt() {
    var random = PythonRandom(seed: 5)
    func noise(_ rows: Int, _ columns: Int) -> Matrix { .noise(rows, columns, &random) }
    var projection = noise(4, 4)
    for index in 0..<4 { projection.withMutableSpan { $0[index * 5] += 1 } }
    let rows = [noise(3, 4), noise(3, 4)]
    func joined(_ parts: [Matrix]) -> Matrix {
      ImageFeatures(classFeatures: parts[0], representation: parts[1]).joined
    }
    let features = joined(rows.map { Matrix.product($0, projection) })
    let target = RegularizedLDA.Target(projection: projection)
    // The target's size is that of the features' variance, so one before has to be made up to match.
    let towards = RegularizedLDA(
      features: features, labels: [0, 1, 2], labelCount: 3, target: target
    ).discriminant
    let before = RegularizedLDA(features: joined(rows), labels: [0, 1, 2], labelCount: 3)
      .discriminant
    let (a, b) = (towards.logits(features).elements, before.logits(joined(rows)).elements)
    let factor = a[0] / b[0]
    for (a, b) in zip(a, b) { #expect(abs(a - factor * b) < 1e-3 * max(1, abs(a))) }
    // The target of an orthogonal projection is the identity, but counts only as many photos as a part has columns.
    let turn = Matrix(rows: 4, columns: 4, (0..<16).map { $0 % 5 == 0 ? -1 : 0 })
    let turned = RegularizedLDA(
      features: features, labels: [0, 1, 2], labelCount: 3,
      target: RegularizedLDA.Target(projection: turn)
    ).discriminant
    let plain = RegularizedLDA(features: features, labels: [0, 1, 2], labelCount: 3).discriminant
    for (a, b) in zip(plain.weight.elements, turned.weight.elements) {
      #expect(abs(a - b) < 1e-3 * max(1, abs(a)))
    }
  }

  /// Covariance times weight is the mean that texts have moved; the target counts less and is part identity.
  @Test func textsMoveTheMeans() {
    var random = PythonRandom(seed: 9)
    func noise(_ rows: Int, _ columns: Int) -> Matrix { .noise(rows, columns, &random) }
    let (columns, labels) = (4, [0, 1, 2, 0, 1, 2, 0])
    let (features, texts, projection) = (
      noise(7, 2 * columns), noise(3, columns), noise(6, columns)
    )
    let fitted = RegularizedLDA(
      features: features, labels: labels, labelCount: 3,
      target: RegularizedLDA.Target(projection: projection), texts: texts)
    var part = Matrix.product(projection, .transposed, projection)
    let trace = (0..<columns).reduce(0) { $0 + part[$1, $1] }
    part.scale(by: 0.98)
    for column in 0..<columns { part[column, column] += 0.02 * trace / Float(columns) }
    let directions = Matrix.product(texts, part)
    // The middle of means and of directions; how far the means go along the directions.
    func centred(_ matrix: Matrix) -> (Matrix, [Float]) {
      var middle = matrix.columnSums
      middle.scale(by: 1 / 3)
      var rows = matrix
      rows.add(middle.gathering(rows: [0, 0, 0]), scale: -1)
      return (rows, middle.elements)
    }
    let (along, _) = centred(directions)
    let (off, middle) = centred(fitted.means)
    let counts: [Float] = [3, 2, 2]
    var moved = Matrix(rows: 3, columns: 2 * columns)
    for start in [0, columns] {
      var (product, square): (Float, Float) = (0, 0)
      for label in 0..<3 {
        for column in 0..<columns {
          product += off[label, start + column] * along[label, column]
          square += along[label, column] * along[label, column]
        }
      }
      for label in 0..<3 {
        for column in 0..<columns {
          let expected = middle[start + column] + max(0, product / square) * along[label, column]
          moved[label, start + column] =
            (counts[label] * fitted.means[label, start + column] + 2 * expected)
            / (counts[label] + 2)
        }
      }
    }
    // N - C is 4 and the target counts 0.4 times 4 photos.
    var residual = features
    residual.add(fitted.means.gathering(rows: labels), scale: -1)
    var covariance = Matrix.product(residual, .transposed, residual)
    let weight = 1.6 * Float(fitted.variance) * Float(columns) / trace
    for start in [0, columns] {
      for a in 0..<columns {
        for b in 0..<columns { covariance[start + a, start + b] += weight * part[a, b] }
      }
    }
    covariance.scale(by: 1 / 5.6)
    let product = Matrix.product(fitted.discriminant.weight, covariance)
    for (ours, expected) in zip(product.elements, moved.elements) {
      #expect(abs(ours - expected) < 2e-3)
    }
  }

  /// With one photo a label the representation says nothing, with four it counts half; crops count as views of their photo.
  @Test(arguments: [1, 2, 4])
  func bothFeaturesShareTheDiscriminant(photos: Int) throws {
    var random = PythonRandom(seed: 3)
    func unit(_ rows: Int) -> Matrix { UnitRows(.noise(rows, 6, &random)).rows }
    let labels = (0..<3 * photos).map { $0 % 3 }
    let count = labels.count
    let features = ImageFeatures(classFeatures: unit(2 * count), representation: unit(2 * count))
    let crops = ImageFeatures(classFeatures: unit(2 * count), representation: unit(2 * count))
    let texts = unit(3)
    let shots = ShotFeatures(
      features: features, crops: crops, labels: labels + labels, texts: texts)
    let viewed = ImageFeatures.stacked([features, crops])
    let viewLabels = labels + labels + labels.flatMap { [$0, $0] }
    func alone(_ rows: Matrix) -> Discriminant {
      RegularizedLDA(features: rows, labels: viewLabels, labelCount: 3, views: 4, texts: texts)
        .discriminant
    }
    let byClass = alone(viewed.classFeatures).logits(features.classFeatures).elements
    let joined = alone(viewed.joined).logits(features.joined).elements
    let share: Float = [1: 0, 2: 1 / 6, 4: 0.5][photos] ?? -1
    let mixed = shots.discriminant().logits(features.joined).elements
    for (index, logit) in mixed.enumerated() {
      let expected = (1 - share) * byClass[index] + share * joined[index]
      #expect(abs(logit - expected) < 1e-3 * max(1, abs(expected)))
    }
  }

  /// Adding text logits in the weights is adding them to the logits, for both features.
  @Test(arguments: [-0.99 as Float, -0.4, 2])
  func textsJoinTheWeights(factor: Float) {
    var random = PythonRandom(seed: 4)
    func unit(_ rows: Int) -> Matrix { UnitRows(.noise(rows, 6, &random)).rows }
    let texts = unit(3)
    let both = ImageFeatures(classFeatures: unit(12), representation: unit(12))
    // Without a representation, texts are compared with the class feature alone.
    let alone = ImageFeatures(classFeatures: unit(12), representation: nil)
    for (features, alpha) in [(both, 0.3), (alone, 1)] as [(ImageFeatures, Float)] {
      let own = RegularizedLDA(
        features: features.joined, labels: (0..<12).map { $0 % 3 }, labelCount: 3
      ).discriminant
      let scorer = LabelScorer(
        texts: texts, alpha: alpha,
        discriminant: own.adding(texts: texts, times: factor, alpha: alpha))
      var expected = LabelScorer(texts: texts, alpha: alpha).logits(features, head: .fusion)
      expected.scale(by: 1 + factor)
      expected.add(own.logits(features.joined))
      let logits = scorer.logits(features, head: .fusion).elements
      for (a, b) in zip(logits, expected.elements) { #expect(abs(a - b) < 1e-3 * max(1, abs(b))) }
    }
  }

  @Test func fusionAddsTheDiscriminantToBothHeads() throws {
    var random = PythonRandom(seed: 8)
    func unit(_ rows: Int) -> Matrix { UnitRows(.noise(rows, 6, &random)).rows }
    let features = ImageFeatures(classFeatures: unit(5), representation: unit(5))
    let texts = unit(3)
    let discriminant = RegularizedLDA(
      features: unit(9).joinedTwice, labels: [0, 1, 2, 0, 1, 2, 0, 1, 2], labelCount: 3
    ).discriminant
    let scorer = LabelScorer(texts: texts, alpha: 0.3, discriminant: discriminant)
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
    ImageFeatures(classFeatures: self, representation: self).joined
  }
}
