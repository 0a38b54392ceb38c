/// How close features of one engine come to those of another, image by image.
public struct FeatureComparison: Sendable, Equatable {
  /// Mean cosine.
  public let mean: Double
  /// The worst image's cosine.
  public let minimum: Double
  /// The largest difference of any element.
  public let largestDifference: Double
  /// Mean cosine after the mean reference feature is taken from both: what tells images apart.
  ///
  /// Nil for a single image, which has nothing to be told apart from.
  public let centred: Double?
  /// The number of images.
  public let images: Int

  /// Compares `[N, E]` features, row by row.
  ///
  /// - Precondition: both are `[N, E]` with N at least 1.
  public init(_ features: [Float], reference: [Float], embedDim: Int) {
    let images = features.count / embedDim
    precondition(
      images > 0 && features.count == reference.count && features.count == images * embedDim)
    var mean = [Double](repeating: 0, count: embedDim)
    for (index, value) in reference.enumerated() {
      mean[index % embedDim] += Double(value) / Double(images)
    }
    var cosines: [Double] = []
    var centred: [Double] = []
    for image in 0..<images {
      let rows = (0..<embedDim).map { column in
        let index = image * embedDim + column
        return (Double(features[index]), Double(reference[index]))
      }
      cosines.append(Self.cosine(rows))
      centred.append(Self.cosine(zip(rows, mean).map { ($0.0 - $1, $0.1 - $1) }))
    }
    largestDifference = zip(features, reference).reduce(0) { largest, pair in
      let difference = abs(Double(pair.0) - Double(pair.1))
      return difference.isFinite ? max(largest, difference) : .infinity
    }
    self.images = images
    self.mean = cosines.reduce(0, +) / Double(images)
    // A NaN feature must not pass for a good one.
    minimum = cosines.contains { !$0.isFinite } ? -1 : cosines.min() ?? -1
    self.centred = images > 1 ? centred.reduce(0, +) / Double(images) : nil
  }

  private static func cosine(_ rows: [(Double, Double)]) -> Double {
    var product = 0.0
    var squares = (0.0, 0.0)
    for (a, b) in rows {
      product += a * b
      squares.0 += a * a
      squares.1 += b * b
    }
    return product / (squares.0 * squares.1).squareRoot()
  }
}

/// How often two engines name the same best label.
public struct TopLabelAgreement: Sendable, Equatable {
  /// The number of images.
  public private(set) var images = 0
  /// How many get the same best label.
  public private(set) var agreeing = 0
  /// How many the reference is sure of: its best logit leads by more than the margin.
  public private(set) var confident = 0
  /// How many of these get the same best label.
  public private(set) var confidentAgreeing = 0

  /// The lead in logits above which a disagreement is not a near tie.
  public static let margin: Float = 0.5

  /// Compares `[N, C]` logits, row by row.
  ///
  /// - Precondition: both are `[N, C]`.
  public init(_ logits: [Float], reference: [Float], labels: Int) {
    precondition(labels > 0 && logits.count == reference.count && logits.count % labels == 0)
    for start in stride(from: 0, to: logits.count, by: labels) {
      let row = reference[start..<start + labels]
      let best = Self.best(row)
      let second = row.indices.filter { $0 - start != best }.map { row[$0] }.max()
      let agrees = Self.best(logits[start..<start + labels]) == best
      images += 1
      agreeing += agrees ? 1 : 0
      guard let second, row[start + best] - second > Self.margin else { continue }
      confident += 1
      confidentAgreeing += agrees ? 1 : 0
    }
  }

  private static func best(_ row: ArraySlice<Float>) -> Int {
    (row.indices.max { row[$0] < row[$1] } ?? row.startIndex) - row.startIndex
  }
}
