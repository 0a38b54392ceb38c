public import Calibration
import FloatMath

extension Measurement {
  /// Photos of about the same best probability, and how many of them got their label.
  public struct Reliability: Sendable {
    /// The mean of their best probabilities.
    public var probability: Double
    /// The share that got its label.
    public var right: Estimate
    /// How many they are.
    public var photos: Int

    /// A group of photos.
    public init(probability: Double, right: Estimate, photos: Int) {
      self.probability = probability
      self.right = right
      self.photos = photos
    }
  }

  /// What the best probability of a photo was worth, in fifths of the photos that were held out.
  ///
  /// - Returns: from the least sure photos to the surest; empty with fewer than 25 photos.
  public func reliability(_ candidate: Candidate) -> [Reliability] {
    let (parts, hits) = (5, hits(candidate))
    let best = probabilities(candidate).map { $0?.max() ?? 0 }
    let order = measured.sorted { (best[$0], $0) < (best[$1], $1) }
    guard order.count >= 5 * parts else { return [] }
    return (0..<parts).map { part in
      let some = order[part * order.count / parts..<(part + 1) * order.count / parts]
      let count = Double(some.count)
      let share = Double(some.count { hits[$0] == true }) / count
      return Reliability(
        probability: some.reduce(0) { $0 + best[$1] } / count,
        right: Estimate(value: share, interval: .share(share, of: count / varianceFactor)),
        photos: some.count)
    }
  }

  /// The expected calibration error of the photos that were held out; nil without any.
  public func calibrationError(_ candidate: Candidate) -> Double? {
    let measured = measured
    guard !measured.isEmpty else { return nil }
    return ScoreReliability(
      logits: Matrix(
        rows: measured.count, columns: labelCount,
        measured.flatMap { candidate.outOfFold[$0] ?? [] }),
      actual: measured.map { photos[$0].label }
    ).calibrationError
  }
}
