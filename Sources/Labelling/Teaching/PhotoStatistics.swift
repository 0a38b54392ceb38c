internal import Calibration
internal import ModelFile

/// What photos say of the known labels: their means and the scatter about them, from which regularised LDA follows.
///
/// The same estimate as training makes (`RegularizedLDA`), from sufficient statistics, so that photos can be added
/// one by one: FORMAT.md, "Statistics".
///
/// Legend: C labels, D columns of a feature, E joint size, N photos.
struct PhotoStatistics: Sendable {
  /// Photos of each label.
  private(set) var counts: [Double]
  /// `[C][D]`.
  private(set) var means: [[Double]]
  /// Sums of squares and products about the labels' means.
  private(set) var scatter: LowerTriangle
  fileprivate let target: Target

  /// What the covariance is regularised towards, T: that of features without any structure.
  ///
  /// Rows of white noise have it behind the projection. Its diagonal has the mean 1.
  struct Target: Sendable {
    /// T.
    let matrix: LowerTriangle
    /// E, the photos that T counts for.
    let prior: Double
    /// T of one part, rows of E.
    fileprivate let part: [[Double]]

    /// The target of a class projection.
    ///
    /// - Parameters:
    ///   - projection: `[W, E]`, row by row.
    ///   - embedDim: E.
    ///   - parts: of a feature: class alone, or class and representation, which are unrelated.
    init(projection: [Float], embedDim: Int, parts: Int) {
      let trace = projection.reduce(0) { $0 + Double($1) * Double($1) }
      let factor = (Double(embedDim) / max(trace, .leastNormalMagnitude)).squareRoot()
      let size = parts * embedDim
      var matrix = LowerTriangle(
        size: size, [Double](repeating: 0, count: size * (size + 1) / 2))
      for part in 0..<parts {
        for start in stride(from: 0, to: projection.count, by: embedDim) {
          var direction = [Double](repeating: 0, count: size)
          for column in 0..<embedDim {
            direction[part * embedDim + column] = factor * Double(projection[start + column])
          }
          matrix.add(productOf: direction)
        }
      }
      self.matrix = matrix
      prior = Double(embedDim)
      part = matrix.leading(embedDim).rows
    }
  }

  /// D.
  var columns: Int { scatter.size }

  /// No labels yet.
  init(target: Target) {
    counts = []
    means = []
    scatter = LowerTriangle(
      size: target.matrix.size, [Double](repeating: 0, count: target.matrix.elements.count))
    self.target = target
  }

  /// The statistics of a model.
  ///
  /// - Parameters:
  ///   - statistics: the manifest's.
  ///   - means: `labels.known.means`, `[C, D]`.
  ///   - factor: `statistics.factor`.
  ///   - target: T.
  init(
    _ statistics: Manifest.Statistics, means: [Float], factor: [Float], target: Target
  ) {
    self.init(target: target)
    counts = statistics.photos.map(Double.init)
    let columns = target.matrix.size
    self.means = stride(from: 0, to: means.count, by: columns).map {
      means[$0..<$0 + columns].map(Double.init)
    }
    scatter = LowerTriangle(size: columns, factor.map(Double.init)).squared
    scatter.add(target.matrix, times: -target.prior * statistics.variance)
  }

  /// A new label without photos; its place.
  mutating func addLabel() -> Int {
    counts.append(0)
    means.append([Double](repeating: 0, count: columns))
    return counts.count - 1
  }

  /// Adds a photo of a label.
  ///
  /// - Parameters:
  ///   - views: features of the photo and of its mirror image, which count as one photo.
  ///   - label: its place.
  mutating func add(_ views: [[Float]], to label: Int) {
    let weight = 1 / Double(views.count)
    for view in views {
      let point = view.map(Double.init)
      let total = counts[label] + weight
      var difference = point
      for column in difference.indices {
        difference[column] -= means[label][column]
        means[label][column] += difference[column] * weight / total
      }
      scatter.add(productOf: difference, times: weight * counts[label] / total)
      counts[label] = total
    }
  }

  /// The variance of a column about the mean of all photos.
  private var variance: Double { variance(columns: columns) }

  /// The same of the first columns.
  fileprivate func variance(columns: Int) -> Double {
    let photos = counts.reduce(0, +)
    var centre = [Double](repeating: 0, count: columns)
    for (count, mean) in zip(counts, means) {
      for column in 0..<columns { centre[column] += count * mean[column] / photos }
    }
    var between = 0.0
    for (count, mean) in zip(counts, means) {
      between += count * Self.squaredDistance(centre, mean)
    }
    let own = (scatter.leading(columns).trace + between) / (photos * Double(columns))
    return max(own * photos / max(1, photos - 1), 1e-9)
  }

  /// Of the columns that `a` has.
  private static func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += (a[index] - b[index]) * (a[index] - b[index]) }
    return sum
  }

  /// Regularised LDA of what was added.
  struct Fit: Sendable {
    /// Of the covariance times `freedom`.
    let factor: LowerTriangle
    /// N - C + E.
    let freedom: Double
    /// t.
    let variance: Double
    /// `[C][D]` and `[C]`: the labels' logits, linear in the feature.
    let weights: [[Double]]
    let biases: [Double]
    private let whitenedMeans: [[Double]]

    /// Fits statistics in which each label has photos.
    init(_ statistics: PhotoStatistics, texts: [[Float]]) {
      let photos = statistics.counts.reduce(0, +)
      let labels = Double(statistics.counts.count)
      variance = statistics.variance
      freedom = photos - labels + statistics.target.prior
      var total = statistics.scatter
      total.add(statistics.target.matrix, times: statistics.target.prior * variance)
      factor = LowerTriangle(factoring: total)
      let factor = factor
      whitenedMeans = statistics.means.map { factor.whitened($0) }
      let discriminant = TaughtDiscriminant(statistics, texts: texts)
      weights = discriminant.weights
      biases = discriminant.biases
    }

    /// The logits of a feature.
    func logits(_ feature: [Float]) -> [Double] {
      zip(weights, biases).map { weight, bias in
        zip(weight, feature).reduce(bias) { $0 + $1.0 * Double($1.1) }
      }
    }

    /// The squared Mahalanobis distance of a feature to the nearest label's mean, per column.
    func nearestDistance(_ feature: [Float]) -> Double {
      let point = factor.whitened(feature.map(Double.init))
      let least = whitenedMeans.map { PhotoStatistics.squaredDistance(point, $0) }.min()
      return (least ?? 0) * freedom / Double(point.count)
    }
  }

  /// The fit of what was added; unit text features of the labels.
  func fit(texts: [[Float]]) -> Fit { Fit(self, texts: texts) }
}

/// The discriminant of training's `ShotFeatures.discriminant`, from statistics: of the class feature alone, and of class and
/// representation together where the model has both.
private struct TaughtDiscriminant {
  var weights: [[Double]]
  var biases: [Double]

  init(_ statistics: PhotoStatistics, texts: [[Float]]) {
    let part = statistics.target.part.count
    let directions = texts.map { text in
      statistics.target.roundedOut.map { row in
        zip(row, text).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
    }
    let byClass = Self.lda(statistics, columns: part, directions)
    let photos = statistics.counts.reduce(0, +) / Double(statistics.counts.count)
    let share = DiscriminantPrior.representationShare(photos: photos)
    let isPlain = statistics.columns == part
    weights = byClass.weights.map { row in
      row + [Double](repeating: 0, count: statistics.columns - part)
    }
    biases = byClass.biases
    guard !isPlain, share > 0 else { return }
    let joined = Self.lda(statistics, columns: statistics.columns, directions)
    for label in biases.indices {
      biases[label] = (1 - share) * biases[label] + share * joined.biases[label]
      for column in weights[label].indices {
        weights[label][column] =
          (1 - share) * weights[label][column] + share * joined.weights[label][column]
      }
    }
  }

  /// Regularised LDA of the first columns, of means moved towards texts.
  private static func lda(
    _ statistics: PhotoStatistics, columns: Int, _ directions: [[Double]]
  ) -> (weights: [[Double]], biases: [Double]) {
    let target = statistics.target
    let counts = statistics.counts
    let shown = counts.reduce(0, +) - Double(counts.count)
    let prior = target.prior * DiscriminantPrior.photosOfTarget
    let freedom = shown + prior
    let weight = prior * statistics.variance(columns: columns)
    let identity = DiscriminantPrior.identityShare
    let size = target.matrix.leading(columns).elements.count
    var added = LowerTriangle(size: columns, [Double](repeating: 0, count: size))
    added.add(target.matrix.leading(columns), times: weight * (1 - identity))
    added.addToDiagonal(weight * identity)
    var total = statistics.scatter.leading(columns)
    total.add(added, times: 1)
    let factor = LowerTriangle(factoring: total)
    let means = DiscriminantPrior.means(
      statistics.means.map { Array($0[..<columns]) }, photos: counts, towards: directions)
    // The trace of the scatter by the sum is that of the sum, which is D, less that of the rest. The scatter itself, of fewer
    // photos than columns, has no factor: what rounding makes of one may grow without bound.
    let own = max(0, Double(columns) - factor.traceOfSolution(added))
    let excess = freedom * own / max(1, shown)
    var weights: [[Double]] = []
    var biases: [Double] = []
    for (mean, count) in zip(means, counts) {
      let whitened = factor.whitened(mean)
      weights.append(factor.solvedTransposed(whitened).map { $0 * freedom })
      let length = freedom * whitened.reduce(0) { $0 + $1 * $1 }
      biases.append(-0.5 * (length - excess * DiscriminantPrior.spread(photos: count)))
    }
    return (weights, biases)
  }
}

extension PhotoStatistics.Target {
  /// T of one part with its share of the identity, rows of E.
  fileprivate var roundedOut: [[Double]] {
    let identity = DiscriminantPrior.identityShare
    return part.enumerated().map { index, row in
      row.enumerated().map { (1 - identity) * $1 + ($0 == index ? identity : 0) }
    }
  }
}
