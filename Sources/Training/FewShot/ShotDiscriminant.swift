public import FloatMath

/// How much a discriminant is shrunk and how loud it speaks beside the text features.
public struct DiscriminantTuning: Sendable, Equatable {
  /// Of the covariance, above 0 and at most 1.
  public var shrinkage: Float
  /// Its logits count this often in the fusion.
  public var weight: Float

  /// Candidates of the covariance's shrinkage; 1, with few photos, compares with the labels' means alone.
  public static let shrinkages: [Float] = [0.02, 0.05, 0.1, 0.2, 0.4, 1]
  /// Candidates of the weight; 0 leaves the discriminant out.
  public static let weights: [Float] = [0, 0.3, 1, 3, 10, 30]

  /// Puts settings together.
  public init(shrinkage: Float, weight: Float) {
    self.shrinkage = shrinkage
    self.weight = weight
  }
}

extension FewShotLearner.Shots {
  /// The mean feature of each label, `[C, E]`, unit length: what the simplest few-shot classifier compares with.
  public var centroids: Matrix {
    var sums = Matrix(rows: labelCount, columns: features.classFeatures.columns)
    sums.add(features.classFeatures, toRows: labels)
    return UnitRows(sums).rows
  }

  /// Fits a discriminant to the features as they are.
  public func discriminant(_ tuning: DiscriminantTuning) -> ShrinkageDiscriminant {
    ShrinkageDiscriminant(
      features: features.joined, labels: labels, labelCount: labelCount,
      shrinkage: tuning.shrinkage
    ).scaled(by: tuning.weight)
  }

  /// Chooses shrinkage and weight by how well shots are recognised by the other shots.
  ///
  /// Meant for features of the frozen CLIP, which have not learnt from the shots: those of a trained adapter recognise its own
  /// shots too well to choose by. Each label's photos are shuffled and dealt out to the folds, several times over, since one
  /// deal of so few photos says little; a photo and its mirror image stay together.
  ///
  /// - Parameters:
  ///   - texts: text features of the labels, `[C, E]`, of the frozen CLIP.
  ///   - folds: at least 2; labels with fewer photos are in fewer folds.
  ///   - deals: how often the photos are dealt out.
  /// - Returns: the best of the candidates, the more cautious one of equals.
  public func tuneDiscriminant(texts: Matrix, folds: Int = 4, deals: Int = 4)
    -> DiscriminantTuning
  {
    let photos = labels.count / 2
    var seen = [Int](repeating: 0, count: labelCount)
    for photo in 0..<photos { seen[labels[photo]] += 1 }
    var random = PythonRandom(seed: 0)
    let dealt = (0..<deals).map { _ in fold(photos, into: folds, &random) }
    var correct: [Float: [Float: Int]] = [:]
    let scorer = FewShotScorer(texts: texts, alpha: 1)
    for (foldOf, fold) in dealt.flatMap({ deal in (0..<folds).map { (deal, $0) } }) {
      // A label's only photo stays among those learnt from.
      let held = (0..<photos).filter { foldOf[$0] == fold && seen[labels[$0]] > 1 }
      guard !held.isEmpty else { continue }
      let out = Set(held)
      let kept = (0..<2 * photos).filter { !out.contains($0 % photos) }
      let tested = FloatCLIP.ImageFeatures(
        classFeatures: features.classFeatures.gathering(rows: held), representation: nil)
      let zeroShot = scorer.logits(tested, head: .fusion)
      for shrinkage in DiscriminantTuning.shrinkages {
        let logits = ShrinkageDiscriminant(
          features: features.classFeatures.gathering(rows: kept), labels: kept.map { labels[$0] },
          labelCount: labelCount, shrinkage: shrinkage
        ).logits(tested.classFeatures)
        for weight in DiscriminantTuning.weights {
          var sum = zeroShot
          sum.add(logits, scale: weight)
          let right = zip(sum.largestColumns, held).count { $0 == labels[$1] }
          correct[shrinkage, default: [:]][weight, default: 0] += right
        }
      }
    }
    var best = DiscriminantTuning(shrinkage: 0.1, weight: 1)
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
    return best
  }

  /// A fold for each photo, as evenly within labels as can be.
  private func fold(_ photos: Int, into folds: Int, _ random: inout PythonRandom) -> [Int] {
    var order = Array(0..<photos)
    random.shuffle(&order)
    var dealt = [Int](repeating: 0, count: labelCount)
    var result = [Int](repeating: 0, count: photos)
    for photo in order {
      result[photo] = dealt[labels[photo]] % folds
      dealt[labels[photo]] += 1
    }
    return result
  }
}
