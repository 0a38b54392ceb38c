internal import Glibc

/// How many of how many.
package struct Proportion: Sendable, Equatable {
  /// How many.
  package var count: Int
  /// Of how many; more than zero.
  package var total: Int

  /// Nil of none.
  package init?(_ count: Int, of total: Int) {
    guard total > 0 else { return nil }
    self.count = count
    self.total = total
  }

  /// The share of values for which something holds; nil of none.
  package init?<Element>(of all: [Element], where holds: (Element) -> Bool) {
    self.init(all.count(where: holds), of: all.count)
  }

  /// The share, 0 to 1.
  package var share: Double { Double(count) / Double(total) }

  /// Where the share of all images like these lies with 90 % confidence.
  package var interval: ClosedRange<Double> {
    let wilson = Interval.share(share, of: Double(total))
    // Of none and of all it ends at the share itself, which rounding would miss.
    return (count == 0 ? 0 : wilson.low)...(count == total ? 1 : wilson.high)
  }

  /// How probable it is that so few or fewer are counted, where each one is with a probability of `share`, between 0 and 1.
  ///
  /// The lower tail of the binomial distribution: unlike `interval` it is right for a total of one or two, too.
  package func probabilityOfSoFew(at share: Double) -> Double {
    var sum = 0.0
    // Of exactly `hits`; as a logarithm, since (1 - share)^total is less than the least number soon.
    var term = Double(total) * log(1 - share)
    for hits in 0...count {
      sum += exp(term)
      term += log(Double(total - hits) / Double(hits + 1)) + log(share / (1 - share))
    }
    return min(1, sum)
  }

  /// The harmonic mean of two shares, high only if both are; nil unless there are both.
  package static func harmonicMean(_ a: Proportion?, _ b: Proportion?) -> Double? {
    guard let a, let b else { return nil }
    guard a.count > 0, b.count > 0 else { return 0 }
    return 2 / (1 / a.share + 1 / b.share)
  }
}
