import LiveServer
import NIOCore
import Testing
import TestSupport

@Suite struct HistoryTests {
  /// Within a bin of what sorting says.
  @Test(arguments: [1, 2, 10, 99, 100, 101, 1000])
  func quantilesAreThoseOfSorting(count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    var bins = LatencyBins()
    var durations: [Double] = []
    for _ in 0..<count {
      let duration = Double.random(in: 0.001...10, using: &random)
      durations.append(duration)
      bins.add(duration)
    }
    durations.sort()
    for share in [0.0, 0.5, 0.99, 1] {
      let exact = durations[max(0, Int((share * Double(count)).rounded(.up)) - 1)]
      let found = try #require(bins.quantile(share))
      #expect(found >= exact && found <= exact * 1.045)
    }
  }

  @Test func extremesHaveBins() throws {
    var bins = LatencyBins()
    #expect(bins.quantile(0.5) == nil)
    for duration in [-1.0, 0, 1e9, .infinity] { bins.add(duration) }
    #expect(bins.total == 4)
    #expect(try #require(bins.quantile(0)) < 0.001)
    #expect(try #require(bins.quantile(1)) >= 64)
  }

  @Test func stepsFollowTime() throws {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    var history = History(at: start)
    history.add(age: 0.02, dropped: 3, at: start + .seconds(1))
    history.add(dropped: 2, at: start + .seconds(2))
    #expect(history.steps(at: start + .seconds(4)).isEmpty)
    history.add(age: 0.5, dropped: 0, at: start + .seconds(17))
    let steps = history.steps(at: start + .seconds(20))
    #expect(steps.map(\.classified) == [1, 0, 0, 1])
    #expect(steps.map(\.dropped) == [5, 0, 0, 0])
    #expect(steps[1].median == nil)
    #expect(abs(try #require(steps[0].median) - 0.02) < 0.001)
    // A long silence leaves no more than the last minutes, all of them empty.
    let later = history.steps(at: start + .hours(100))
    #expect(later.count == History.length)
    #expect(later.allSatisfy { $0.classified == 0 })
    history.add(age: 0.1, dropped: 1, at: start + .hours(100) + .seconds(1))
    #expect(history.steps(at: start + .hours(100) + .seconds(6)).last?.classified == 1)
  }
}
