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
  private let target: Target

  /// What the covariance is regularised towards, T: that of features without any structure.
  ///
  /// Rows of white noise have it behind the projection. Its diagonal has the mean 1.
  struct Target: Sendable {
    /// T.
    let matrix: LowerTriangle
    /// T is the sum of the products of each of these vectors with itself.
    let directions: [[Double]]
    /// E, the photos that T counts for.
    let prior: Double

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
      var directions: [[Double]] = []
      var matrix = LowerTriangle(
        size: size, [Double](repeating: 0, count: size * (size + 1) / 2))
      for part in 0..<parts {
        for start in stride(from: 0, to: projection.count, by: embedDim) {
          var direction = [Double](repeating: 0, count: size)
          for column in 0..<embedDim {
            direction[part * embedDim + column] = factor * Double(projection[start + column])
          }
          directions.append(direction)
          matrix.add(productOf: direction)
        }
      }
      self.matrix = matrix
      self.directions = directions
      prior = Double(embedDim)
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
  private var variance: Double {
    let photos = counts.reduce(0, +)
    var centre = [Double](repeating: 0, count: columns)
    for (count, mean) in zip(counts, means) {
      for column in centre.indices { centre[column] += count * mean[column] / photos }
    }
    var between = 0.0
    for (count, mean) in zip(counts, means) {
      between += count * Self.squaredDistance(mean, centre)
    }
    let own = (scatter.trace + between) / (photos * Double(columns))
    return max(own * photos / max(1, photos - 1), 1e-9)
  }

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
    init(_ statistics: PhotoStatistics) {
      let photos = statistics.counts.reduce(0, +)
      let labels = Double(statistics.counts.count)
      variance = statistics.variance
      freedom = photos - labels + statistics.target.prior
      var total = statistics.scatter
      let weight = statistics.target.prior * variance
      total.add(statistics.target.matrix, times: weight)
      let factor = LowerTriangle(factoring: total)
      self.factor = factor
      let whitened = statistics.means.map(factor.whitened)
      whitenedMeans = whitened
      let freedom = freedom
      weights = whitened.map { mean in factor.solvedTransposed(mean).map { $0 * freedom } }
      // As training does: means of few photos look farther from everything than they are.
      // The trace of the scatter over the whole is what T's share leaves of the number of columns.
      var shareOfTarget = 0.0
      for direction in statistics.target.directions {
        for value in factor.whitened(direction) { shareOfTarget += value * value }
      }
      let excess =
        freedom * (Double(statistics.columns) - weight * shareOfTarget) / max(1, photos - labels)
      biases = zip(whitened, statistics.counts).map { mean, count -> Double in
        let length = mean.reduce(0) { $0 + $1 * $1 }
        return -0.5 * (freedom * length - excess / count)
      }
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

  /// The fit of what was added.
  var fit: Fit { Fit(self) }
}
