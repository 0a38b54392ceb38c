import Calibration
import Testing
import Training

@Suite struct IntervalTests {
  /// 95 %, as the papers have it.
  private static let deviations = 1.959963984540054

  /// Table I of Newcombe, Statistics in Medicine 17, 1998, 857, method 3.
  @Test(arguments: [
    (81.0, 263.0, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
    (1, 29, 0.0061, 0.1718),
  ])
  func sharesAreWilsons(hits: Double, count: Double, low: Double, high: Double) {
    let interval = Interval.share(hits / count, of: count, deviations: Self.deviations)
    #expect(abs(interval.low - low) < 6e-5 && abs(interval.high - high) < 6e-5)
    let misses = Interval.share(1 - hits / count, of: count, deviations: Self.deviations)
    #expect(abs(misses.low - 1 + high) < 6e-5 && abs(misses.high - 1 + low) < 6e-5)
  }

  /// Table II of Newcombe, Statistics in Medicine 17, 1998, 2635, method 10.
  @Test func differencesAreNewcombes() {
    let pairs = Interval.Pairs(both: 36, first: 12, second: 2, neither: 0)
    let interval = Interval.difference(pairs, deviations: Self.deviations)
    #expect(abs(interval.low - 0.0569) < 6e-5 && abs(interval.high - 0.3404) < 6e-5)
    let swapped = Interval.difference(
      Interval.Pairs(both: 36, first: 2, second: 12, neither: 0), deviations: Self.deviations)
    #expect(abs(swapped.low + interval.high) < 1e-12 && abs(swapped.high + interval.low) < 1e-12)
    let equal = Interval.difference(
      Interval.Pairs(both: 54, first: 0, second: 0, neither: 0), deviations: Self.deviations)
    #expect(abs(equal.low + 0.0664) < 6e-5 && abs(equal.high - 0.0664) < 6e-5)
  }

  /// By exact fractions; the last one's terms begin below the least number.
  @Test(arguments: [
    (0, 1, 0.25), (1, 4, 0.05078125), (9, 19, 0.008903279303922318), (19, 19, 1),
    (1450, 2000, 0.00564480180765903),
  ])
  func soFewAreAsProbableAsTheirOutcomes(count: Int, total: Int, probability: Double) throws {
    let found = try #require(Proportion(count, of: total)).probabilityOfSoFew(at: 0.75)
    #expect(abs(found - probability) < 1e-9 * probability, "\(found)")
  }

  @Test func nothingTriedSaysNothing() {
    #expect(Interval.share(0, of: 0) == Interval(low: 0, high: 1))
    let none = Interval.Pairs(both: 0, first: 0, second: 0, neither: 0)
    #expect(Interval.difference(none) == Interval(low: -1, high: 1))
  }

  /// Over all outcomes of binomial distributions, the range holds the probability as often as it says, on average over
  /// probabilities: hits are whole, so that single ones have more or less.
  @Test(arguments: [10, 20, 54])
  func ninetyPercentIsNinetyPercent(count: Int) {
    let probabilities = (5...95).map { Double($0) / 100 }
    let intervals = (0...count).map {
      Interval.share(Double($0) / Double(count), of: Double(count))
    }
    var mean = 0.0
    for probability in probabilities {
      var weight = 1.0
      for _ in 0..<count { weight *= 1 - probability }
      for hits in 0...count {
        if intervals[hits].contains(probability) { mean += weight / Double(probabilities.count) }
        weight *= probability / (1 - probability) * Double(count - hits) / Double(hits + 1)
      }
    }
    #expect((0.89...0.92).contains(mean), "\(mean)")
  }
}
