import Calibration
public import FloatMath
import Glibc

/// How far scores, the softmax of logits, can be taken for how often they are right.
public struct ScoreReliability: Sendable, Equatable {
  /// The mean natural logarithm of the right label's score; at most 0.
  public var logLikelihood: Double
  /// The expected calibration error (arXiv 1706.04599): photos are put into 15 bins by their best score; the mean over photos
  /// of how far their bin's mean best score is from the share of the bin that is right.
  public var calibrationError: Double

  /// Measures logits `[N, C]` of at least one photo by the labels `[N]` that the photos have.
  public init(logits: Matrix, actual: [Int]) {
    precondition(logits.rows == actual.count && !actual.isEmpty, "a row of logits a photo")
    var sum = 0.0
    var images: [(score: Float, isRight: Bool)] = []
    for (photo, label) in actual.enumerated() {
      let row = logits[rows: photo..<photo + 1].elements.map(Double.init)
      let largest = row.max() ?? 0
      let total = row.reduce(0) { $0 + exp($1 - largest) }
      sum += row[label] - largest - log(total)
      images.append((Float(1 / total), row.firstIndex(of: largest) == label))
    }
    logLikelihood = sum / Double(actual.count)
    calibrationError = Reliability(images)?.expectedError ?? 0
  }
}
