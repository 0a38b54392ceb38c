public import FloatMath

/// How much a discriminant is shrunk, and how loud it and the whole fusion speak.
public struct DiscriminantTuning: Sendable, Equatable {
  /// Of the covariance, above 0 and at most 1.
  public var shrinkage: Float
  /// The discriminant's logits count this often beside the text features'.
  public var weight: Float
  /// Their sum is multiplied by this, so that the softmax of it says how often it is right.
  public var scale: Float

  /// Candidates of the covariance's shrinkage; 1, with few photos, leaves the covariance out.
  public static let shrinkages: [Float] = [0.02, 0.05, 0.1, 0.2, 0.4, 1]
  /// Candidates of the weight; 0 leaves the discriminant out.
  public static let weights: [Float] = [0, 0.3, 1, 3, 10, 30]

  /// For one photo a label, which leaves nothing to choose by: the most cautious candidate that keeps the discriminant.
  static let untuned = DiscriminantTuning(shrinkage: 1, weight: 0.3)

  /// Puts settings together.
  public init(shrinkage: Float, weight: Float, scale: Float = 1) {
    self.shrinkage = shrinkage
    self.weight = weight
    self.scale = scale
  }
}

extension FewShotLearner.Shots {
  /// The mean class feature of each label, `[C, E]`, unit length: what the simplest few-shot classifier compares with.
  public var centroids: Matrix {
    var sums = Matrix(rows: labelCount, columns: features.classFeatures.columns)
    sums.add(features.classFeatures, toRows: labels)
    return UnitRows(sums).rows
  }

  /// Logits `[N, C]` of the photos, not of their mirror images, by their class features and the labels' text features.
  public func zeroShot(texts: Matrix) -> Matrix {
    let photos = FloatCLIP.ImageFeatures(
      classFeatures: features.classFeatures[rows: 0..<photoCount], representation: nil)
    return FewShotScorer(texts: texts, alpha: 1).logits(photos, head: .fusion)
  }

  /// Fits a discriminant to the features as they are; neither weight nor scale are in it.
  public func discriminant(shrinkage: Float) -> ShrinkageDiscriminant {
    ShrinkageDiscriminant(
      features: features.joined, labels: labels, labelCount: labelCount, shrinkage: shrinkage,
      target: target)
  }

  /// Fits the term that joins the fusion.
  ///
  /// - Parameters:
  ///   - tuning: shrinkage, weight and scale.
  ///   - texts: text features of the labels that the fusion uses, `[C, E]`.
  ///   - alpha: weight of the class logits in it.
  /// - Returns: the discriminant, weighted and scaled.
  public func discriminant(
    _ tuning: DiscriminantTuning, texts: Matrix, alpha: Float
  ) -> ShrinkageDiscriminant {
    discriminant(shrinkage: tuning.shrinkage).scaled(by: tuning.weight)
      .scalingFusion(by: tuning.scale, texts: texts, alpha: alpha)
  }

  /// Chooses shrinkage and weight by how many shots are recognised by the other shots, then the scale by how likely it makes
  /// their labels.
  ///
  /// Meant for features that have not learnt from the shots' labels, those of the frozen CLIP or of an untrained adapter: a
  /// trained one recognises its own shots too well to choose by. Each label's photos are shuffled and dealt out to the
  /// folds, several times over, since one deal of so few photos says little; a photo and its mirror image stay together.
  ///
  /// - Parameters:
  ///   - zeroShot: `zeroShot(texts:)` of the frozen CLIP's features of the same photos, `[N, C]`.
  ///   - folds: at least 2; labels with fewer photos are in fewer folds. Many, since shots fewer by a quarter want more
  ///     shrinkage than all of them.
  ///   - deals: how often the photos are dealt out.
  /// - Returns: the best of the candidates, the more cautious one of equals.
  public func tuneDiscriminant(zeroShot: Matrix, folds: Int = 8, deals: Int = 2)
    -> DiscriminantTuning
  {
    let joined = features.joined
    let parts = parts(folds: folds, deals: deals)
    guard !parts.isEmpty else { return .untuned }
    /// What is learnt without a part.
    func moments(without held: [Int]) -> ShrinkageDiscriminant.Moments {
      let out = Set(held)
      let kept = labels.indices.filter { !out.contains($0 % photoCount) }
      return ShrinkageDiscriminant.Moments(
        features: joined.gathering(rows: kept), labels: kept.map { labels[$0] },
        labelCount: labelCount)
    }
    var correct: [Float: [Float: Int]] = [:]
    for held in parts {
      let moments = moments(without: held)
      let tested = joined.gathering(rows: held)
      let texts = zeroShot.gathering(rows: held)
      for shrinkage in DiscriminantTuning.shrinkages {
        let own = moments.discriminant(shrinkage: shrinkage, target: target).logits(tested)
        for weight in DiscriminantTuning.weights {
          var sum = texts
          sum.add(own, scale: weight)
          let right = zip(sum.largestColumns, held).count { $0 == labels[$1] }
          correct[shrinkage, default: [:]][weight, default: 0] += right
        }
      }
    }
    var best = DiscriminantTuning.untuned
    var most = -1
    for weight in DiscriminantTuning.weights {
      for shrinkage in DiscriminantTuning.shrinkages.reversed() {
        let right = correct[shrinkage]?[weight] ?? 0
        if right > most {
          most = right
          best = DiscriminantTuning(shrinkage: shrinkage, weight: weight)
        }
      }
    }
    let sums = parts.map { held in
      var sum = zeroShot.gathering(rows: held)
      let chosen = moments(without: held).discriminant(shrinkage: best.shrinkage, target: target)
      sum.add(chosen.logits(joined.gathering(rows: held)), scale: best.weight)
      return sum
    }
    best.scale = ScoreCalibration.scale(
      of: Matrix.stacked(sums), labels: parts.joined().map { labels[$0] },
      photos: Set(parts.joined()).count)
    return best
  }

  private var photoCount: Int { labels.count / 2 }

  /// The photos to hold out, part by part; a label's only photo is in none.
  private func parts(folds: Int, deals: Int) -> [[Int]] {
    var seen = [Int](repeating: 0, count: labelCount)
    for photo in 0..<photoCount { seen[labels[photo]] += 1 }
    var random = PythonRandom(seed: 0)
    var parts: [[Int]] = []
    for _ in 0..<deals {
      var order = Array(0..<photoCount)
      random.shuffle(&order)
      var dealt = [Int](repeating: 0, count: labelCount)
      var held = [[Int]](repeating: [], count: folds)
      for photo in order where seen[labels[photo]] > 1 {
        held[dealt[labels[photo]] % folds].append(photo)
        dealt[labels[photo]] += 1
      }
      parts += held.filter { !$0.isEmpty }
    }
    return parts
  }
}
