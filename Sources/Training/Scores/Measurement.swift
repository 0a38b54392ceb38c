public import Calibration
import FloatMath
import Glibc

/// What ways to classify say of photos that they have not learnt from, and how far that can be relied on.
///
/// Near-duplicates count as one photo, since they say the same thing: figures are means over groups of them.
///
/// Legend: N photos, C labels.
public struct Measurement: Sendable {
  /// A way to classify.
  public struct Candidate: Sendable {
    /// In a few words.
    public var name: String
    /// `[N]` rows of C logits, by what has not learnt from the photo; nil for a photo that was never held out.
    public var outOfFold: [[Float]?]

    /// A way to classify.
    public init(name: String, outOfFold: [[Float]?]) {
      self.name = name
      self.outOfFold = outOfFold
    }
  }

  /// The photos.
  public let photos: [Photo]
  /// C.
  public let labelCount: Int
  /// The group of near-duplicates that each photo belongs to, `[N]`.
  public let groups: [Int]
  /// What needs no training, then what was trained; what ships is the last.
  public let candidates: [Candidate]
  /// By how much figures vary more than those of as many independent trials; at least 1.
  public let varianceFactor: Double

  /// Puts a measurement together.
  ///
  /// - Precondition: all candidates have answers for the same photos.
  public init(
    photos: [Photo], labelCount: Int, groups: [Int], candidates: [Candidate],
    varianceFactor: Double = 1
  ) {
    precondition(groups.count == photos.count && !candidates.isEmpty && varianceFactor >= 1)
    self.varianceFactor = varianceFactor
    for candidate in candidates {
      precondition(candidate.outOfFold.count == photos.count, "logits or nil for each photo")
    }
    self.photos = photos
    self.labelCount = labelCount
    self.groups = groups
    self.candidates = candidates
  }

  /// What ships.
  public var shipped: Candidate { candidates[candidates.count - 1] }

  /// The photos that were held out.
  public var measured: [Int] { photos.indices.filter { shipped.outOfFold[$0] != nil } }

  /// Which labels the photos that were held out were given.
  public func scores(_ candidate: Candidate) -> Scores {
    let measured = measured
    return Scores(
      logits: measured.flatMap { candidate.outOfFold[$0] ?? [] },
      actual: measured.map { photos[$0].label }, labelCount: labelCount)
  }

  /// Whether each photo was given its label, `[N]`; nil for a photo that was never held out.
  public func hits(_ candidate: Candidate) -> [Bool?] {
    zip(candidate.outOfFold, photos).map { logits, photo in
      logits.map { $0.firstIndex(of: $0.max() ?? 0) == photo.label }
    }
  }

  /// The probability of each label for each photo, `[N]` rows of C: the softmax of the logits.
  public func probabilities(_ candidate: Candidate) -> [[Double]?] {
    candidate.outOfFold.map { logits in
      logits.map { logits in
        let largest = Double(logits.max() ?? 0)
        let powers = logits.map { exp(Double($0) - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
      }
    }
  }

  /// How many photos, near-duplicates counted once, were held out; of one label or of all.
  public func independent(ofLabel label: Int? = nil) -> Int {
    Set(measured.filter { label == nil || photos[$0].label == label }.map { groups[$0] }).count
  }

  /// How often a way to classify is right, of one label or of all; nil where no photo was held out.
  public func accuracy(_ candidate: Candidate, ofLabel label: Int? = nil) -> Estimate? {
    let hits = hits(candidate)
    let chosen = measured.filter { label == nil || photos[$0].label == label }
    guard !chosen.isEmpty else { return nil }
    let (share, count) = groupMean(chosen) { hits[$0] == true ? 1 : 0 }
    return Estimate(value: share, interval: .share(share, of: count / varianceFactor))
  }

  /// By how much the first way to classify is right more often than the second on the same photos; nil where none was held
  /// out.
  public func difference(_ first: Candidate, _ second: Candidate) -> Estimate? {
    let (ones, twos) = (hits(first), hits(second))
    let chosen = measured
    guard !chosen.isEmpty else { return nil }
    func total(_ one: Bool, _ two: Bool) -> Double {
      let (share, count) = groupMean(chosen) { ones[$0] == one && twos[$0] == two ? 1 : 0 }
      return share * count / varianceFactor
    }
    let pairs = Interval.Pairs(
      both: total(true, true), first: total(true, false), second: total(false, true),
      neither: total(false, false))
    return Estimate(
      value: (pairs.first - pairs.second) / pairs.count, interval: .difference(pairs))
  }

  /// The mean over groups of the means within them, and the number of groups.
  private func groupMean(
    _ chosen: [Int], _ value: (Int) -> Double
  ) -> (mean: Double, count: Double) {
    var sums: [Int: (sum: Double, count: Double)] = [:]
    for photo in chosen {
      let before = sums[groups[photo]] ?? (0, 0)
      sums[groups[photo]] = (before.sum + value(photo), before.count + 1)
    }
    // In the order of the groups, so that rounding is the same every time.
    let means = sums.sorted { $0.key < $1.key }.map { $0.value.sum / $0.value.count }
    return (means.reduce(0, +) / Double(means.count), Double(means.count))
  }
}
