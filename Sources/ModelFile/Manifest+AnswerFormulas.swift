internal import Glibc

// What the figures of an answer mean, once for those who find them and for those who use them:
// `Classification/ANSWER.md`.

extension Manifest.Answer {
  /// From this cosine on, a word means much the same as a label: "cup" beside "mug".
  public static let sameMeaning: Float = 0.85

  /// The places of those words that mean none of the labels, whose names stand for whatever else an image may show.
  ///
  /// - Parameters:
  ///   - words: how many there are.
  ///   - labels: how many there are.
  ///   - cosine: of the text features of a word and of a label, by their places.
  /// - Returns: places of words, ascending.
  public static func wordsApart(
    _ words: Int, from labels: Int, cosine: (_ word: Int, _ label: Int) -> Float
  ) -> [Int] {
    (0..<words).filter { word in
      (0..<labels).allSatisfy { cosine(word, $0) < sameMeaning }
    }
  }

  /// The energy of class logits: a soft maximum, in which what is four logits below the best counts an eighth of it.
  public static func energy(_ logits: some Sequence<Float>) -> Double {
    2 * logSumExp(logits, times: 0.5)
  }

  /// The logarithm of the sum of the exponentials of logits times a factor; 0 without logits.
  public static func logSumExp(_ logits: some Sequence<Float>, times scale: Double) -> Double {
    let scaled = logits.map { scale * Double($0) }
    let largest = scaled.max() ?? 0
    return largest + log(max(scaled.reduce(0) { $0 + exp($1 - largest) }, .leastNormalMagnitude))
  }

  /// The logistic function.
  public static func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
}

extension Manifest.Answer.Gate {
  /// How probable it is that a known label is shown, if any is.
  ///
  /// - Parameters:
  ///   - gap: the best known class logit less the best novel one.
  ///   - distance: the squared Mahalanobis distance to the nearest known label's mean, per column.
  ///   - confidence: the logarithm of the highest probability among known labels.
  /// - Returns: a probability.
  public func probability(gap: Double, distance: Double, confidence: Double) -> Double {
    Manifest.Answer.logistic(
      self.gap * gap + self.distance * distance + self.confidence * confidence + bias)
  }
}

extension Manifest.Answer.Unknown {
  /// How probable it is that no label fits.
  ///
  /// - Parameters:
  ///   - energy: that of all labels less that of everyday words.
  ///   - novelEnergy: the same of the novel labels alone; nil where none is asked for.
  ///   - byPhotos: distance and confidence as in ``Manifest/Answer/Gate``; nil where no known label is asked for.
  /// - Returns: a probability.
  public func score(
    energy: Double, novelEnergy: Double?, byPhotos: (distance: Double, confidence: Double)?
  ) -> Double {
    guard let known, let (distance, confidence) = byPhotos else {
      return Self.doubt(named, energy)
    }
    let value = known.distance * distance + known.confidence * confidence
    let noPhotos = 1 - Manifest.Answer.logistic(known.energy * energy + value + known.bias)
    guard let novel else { return Self.doubt(named, energy) * noPhotos }
    return (novelEnergy.map { Self.doubt(novel, $0) } ?? 1) * noPhotos
  }

  /// How probable it is that no name fits.
  private static func doubt(_ names: Regression, _ energy: Double) -> Double {
    1 - Manifest.Answer.logistic(names.energy * energy + names.bias)
  }
}
