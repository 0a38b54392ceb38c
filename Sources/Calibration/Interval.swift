/// A range that is to hold a figure nine times out of ten.
public struct Interval: Sendable, Equatable {
  /// Its lower end.
  public var low: Double
  /// Its upper end.
  public var high: Double

  /// A range.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// Between so many deviations on either side of its mean lie nine tenths of a normal distribution.
  public static let ninety = 1.6448536269514722

  /// Whether a figure is within.
  public func contains(_ value: Double) -> Bool { (low...high).contains(value) }

  /// Wilson's score interval for the probability of a hit (JASA 22, 1927).
  ///
  /// It holds the probability about as often as it says for few photos and for shares near 0 and 1 too (Brown, Cai and
  /// DasGupta, Statistical Science 16, 2001), where the usual one does not.
  ///
  /// - Parameters:
  ///   - share: the share of hits, 0 to 1.
  ///   - count: of how many independent trials; need not be whole.
  ///   - deviations: of a normal distribution; `ninety` unless a reference value is compared with.
  /// - Returns: a range within 0 to 1; all of it where nothing was tried.
  public static func share(
    _ share: Double, of count: Double, deviations: Double = ninety
  ) -> Interval {
    guard count > 0 else { return Interval(low: 0, high: 1) }
    let square = deviations * deviations
    let centre = share + square / (2 * count)
    let spread =
      deviations * (share * (1 - share) / count + square / (4 * count * count)).squareRoot()
    let scale = 1 + square / count
    return Interval(low: max(0, (centre - spread) / scale), high: min(1, (centre + spread) / scale))
  }

  /// How often two ways to classify hit the same trials: how many trials of each kind, which need not be whole.
  public struct Pairs: Sendable, Equatable {
    /// Both hit.
    public var both: Double
    /// Only the first one hit.
    public var first: Double
    /// Only the second one hit.
    public var second: Double
    /// Neither hit.
    public var neither: Double

    /// Trials of each kind.
    public init(both: Double, first: Double, second: Double, neither: Double) {
      self.both = both
      self.first = first
      self.second = second
      self.neither = neither
    }

    /// All trials.
    public var count: Double { both + first + second + neither }
  }

  /// Newcombe's interval for the difference of the probabilities of paired hits, the first less the second.
  ///
  /// Wilson's intervals of both, joined by how the hits are correlated: Improved confidence intervals for the difference
  /// between binomial proportions based on paired data, Statistics in Medicine 17, 1998, method 10.
  ///
  /// - Parameters:
  ///   - pairs: of independent trials.
  ///   - deviations: as for `share`.
  /// - Returns: a range within -1 to 1; all of it where nothing was tried.
  public static func difference(_ pairs: Pairs, deviations: Double = ninety) -> Interval {
    let count = pairs.count
    guard count > 0 else { return Interval(low: -1, high: 1) }
    let one = (pairs.both + pairs.first) / count
    let two = (pairs.both + pairs.second) / count
    let ones = share(one, of: count, deviations: deviations)
    let twos = share(two, of: count, deviations: deviations)
    let correlation = correlation(pairs)
    func length(_ a: Double, _ b: Double) -> Double {
      max(0, a * a - 2 * correlation * a * b + b * b).squareRoot()
    }
    let difference = one - two
    return Interval(
      low: max(-1, difference - length(one - ones.low, twos.high - two)),
      high: min(1, difference + length(two - twos.low, ones.high - one)))
  }

  /// Of the hits, with Newcombe's correction for continuity where it is positive.
  private static func correlation(_ pairs: Pairs) -> Double {
    let (one, other) = (pairs.both + pairs.first, pairs.second + pairs.neither)
    let (two, rest) = (pairs.both + pairs.second, pairs.first + pairs.neither)
    let product = one * other * two * rest
    guard product > 0 else { return 0 }
    let cross = pairs.both * pairs.neither - pairs.first * pairs.second
    let corrected = cross > 0 ? max(0, cross - pairs.count / 2) : cross
    return corrected / product.squareRoot()
  }
}

/// A figure with the range that it is expected in.
public struct Estimate: Sendable, Equatable {
  /// The figure: a share of 0 to 1, or the difference of two.
  public var value: Double
  /// Where it is nine times out of ten.
  public var interval: Interval

  /// A figure with its range.
  public init(value: Double, interval: Interval) {
    self.value = value
    self.interval = interval
  }
}
