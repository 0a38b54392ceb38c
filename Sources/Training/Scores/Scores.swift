/// Which labels photos were given, against those they have: a confusion matrix and what follows from it.
public struct Scores: Sendable, Equatable {
  /// `[C, C]`, row-major: photos of label `row` that were given label `column`.
  public private(set) var confusion: [Int]
  /// C, the number of labels.
  public let labelCount: Int
  /// Whether each photo was given its own label, in the order counted.
  public let hits: [Bool]

  /// Counts predictions.
  ///
  /// - Parameters:
  ///   - predicted: A label a photo.
  ///   - actual: Its true label.
  ///   - labelCount: C; both are in `0..<C`.
  public init(predicted: [Int], actual: [Int], labelCount: Int) {
    precondition(predicted.count == actual.count, "one prediction a photo")
    self.labelCount = labelCount
    hits = zip(predicted, actual).map { $0 == $1 }
    confusion = [Int](repeating: 0, count: labelCount * labelCount)
    for (given, label) in zip(predicted, actual) { confusion[label * labelCount + given] += 1 }
  }

  /// Counts the best label of each photo; the first one of equals.
  ///
  /// - Parameters:
  ///   - logits: `[N, C]`, row-major.
  ///   - actual: `[N]` true labels.
  ///   - labelCount: C.
  public init(logits: [Float], actual: [Int], labelCount: Int) {
    precondition(logits.count == actual.count * labelCount, "a row of logits a photo")
    let predicted = actual.indices.map { photo in
      var best = photo * labelCount
      for index in (photo * labelCount)..<((photo + 1) * labelCount)
      where logits[index] > logits[best] {
        best = index
      }
      return best - photo * labelCount
    }
    self.init(predicted: predicted, actual: actual, labelCount: labelCount)
  }

  /// Photos counted.
  public var total: Int { confusion.reduce(0, +) }

  /// Photos that were given their own label.
  public var correct: Int {
    (0..<labelCount).reduce(0) { $0 + confusion[$1 * labelCount + $1] }
  }

  /// Percent of photos that were given their own label; 0 without photos.
  public var accuracy: Double { total == 0 ? 0 : 100 * Double(correct) / Double(total) }

  /// Percent of each label's photos that were given it; nil for a label without photos.
  public var accuracyOfLabels: [Double?] {
    (0..<labelCount).map { label in
      let row = confusion[(label * labelCount)..<((label + 1) * labelCount)]
      let total = row.reduce(0, +)
      return total == 0 ? nil : 100 * Double(row[row.startIndex + label]) / Double(total)
    }
  }

  /// The most frequent confusions, the first one first: photos of a label that were given another.
  public func confusions(_ count: Int) -> [(label: Int, given: Int, photos: Int)] {
    confusion.indices
      .filter { $0 / labelCount != $0 % labelCount && confusion[$0] > 0 }
      .sorted { (confusion[$1], $0) < (confusion[$0], $1) }
      .prefix(count)
      .map { (label: $0 / labelCount, given: $0 % labelCount, photos: confusion[$0]) }
  }
}

/// The harmonic mean of accuracies on base and novel labels; 0 if either is.
public func harmonicMean(_ base: Double, _ novel: Double) -> Double {
  base + novel == 0 ? 0 : 2 * base * novel / (base + novel)
}

/// Mean and standard deviation of a figure over seeds.
public struct Spread: Sendable, Equatable, Codable {
  /// The mean.
  public var mean: Double
  /// The standard deviation of the values themselves (divisor n), as the papers' tables have it.
  public var deviation: Double

  /// Of at least one value.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "no mean of nothing")
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(values.count)).squareRoot()
  }
}
