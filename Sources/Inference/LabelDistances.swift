import CKernels
import ModelFile

/// How far images are from the photos of the known labels: Mahalanobis distances to the labels' means under the one
/// covariance of all labels, which regularised LDA uses too.
///
/// Legend: C labels, D columns of a feature (class, then representation if there is one).
struct LabelDistances: Sendable {
  /// D.
  let columns: Int
  /// The rows of L, where L Lᵀ is the covariance times its degrees of freedom: row i has i + 1 elements.
  private let factor: [Float]
  /// `[C, D]`: L⁻¹ times each mean.
  private let means: [Float]
  /// Degrees of freedom of the covariance.
  private let freedom: Float

  /// Reads the statistics of a model; nil without them.
  init?(_ model: ModelReader, kernels: Kernels) throws(ModelFileError) {
    guard let statistics = model.manifest.statistics else { return nil }
    let geometry = model.manifest.geometry
    let columns = model.manifest.method == .clip ? geometry.embedDim : 2 * geometry.embedDim
    let factor = try model.floats("statistics.factor")
    let means = try model.floats("labels.known.means")
    var row = 0
    for index in 0..<columns {
      row += index
      guard factor[row + index] > 0 else {
        throw .invalidManifest(
          "statistics.factor is not a factor: row \(index) ends with no number above 0")
      }
    }
    self.columns = columns
    self.factor = factor
    // As many photos as E columns are taken to have been seen before the first: FORMAT.md, "Statistics".
    freedom = Float(
      statistics.photos.reduce(0, +) - statistics.photos.count + geometry.embedDim)
    var whitened: [Float] = []
    for start in stride(from: 0, to: means.count, by: columns) {
      whitened += Self.whitened(
        Array(means[start..<start + columns]), factor: factor, kernels: kernels)
    }
    self.means = whitened
  }

  /// The squared distance to the nearest label's mean, per column, for a feature of D columns.
  func nearest(_ feature: [Float], kernels: Kernels) -> Float {
    let point = Self.whitened(feature, factor: factor, kernels: kernels)
    var least = Float.infinity
    var difference = [Float](repeating: 0, count: columns)
    for start in stride(from: 0, to: means.count, by: columns) {
      for column in 0..<columns { difference[column] = point[column] - means[start + column] }
      least = min(least, Self.dot(difference, difference, columns, kernels))
    }
    return least * freedom / Float(columns)
  }

  /// L⁻¹ times a feature, by forward substitution.
  private static func whitened(_ feature: [Float], factor: [Float], kernels: Kernels) -> [Float] {
    var result = feature
    let dot = unsafe kernels.table.pointee.dot
    unsafe result.withUnsafeMutableBufferPointer { result in
      unsafe factor.withUnsafeBufferPointer { factor in
        guard let x = result.baseAddress, var row = factor.baseAddress else { return }
        for index in 0..<result.count {
          unsafe x[index] = (x[index] - dot(row, x, index)) / row[index]
          unsafe row += index + 1
        }
      }
    }
    return result
  }

  private static func dot(_ a: [Float], _ b: [Float], _ count: Int, _ kernels: Kernels) -> Float {
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
        return unsafe kernels.table.pointee.dot(a, b, count)
      }
    }
  }
}

extension Session {
  /// The squared Mahalanobis distance of an image of the last batch to the mean of the nearest known label, divided by
  /// the number of columns of a feature; nil for a model that has learnt from no photos.
  ///
  /// - Precondition: the batch has the image.
  public func distance(of image: Int) -> Float? {
    guard let distances = engine.distances else { return nil }
    let (own, representation) = features(of: image)
    return distances.nearest(own + (representation ?? []), kernels: engine.kernels)
  }
}
