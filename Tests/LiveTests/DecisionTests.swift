import Capture
import Classification
import Foundation
import Live
import Testing

@Suite("Decisions over time")
struct DecisionTests {
  @Test("Unknown scores and the gate are averaged like the labels' scores")
  func smoothedOutcome() {
    var smoothing = Smoothing(halfLife: 1)
    let start = MonotonicTime(nanoseconds: 1_000_000_000)
    var scores = Made.scores([1, 0, 0], unknown: 1)
    scores.outcome.knownProbability = 1
    smoothing.apply(to: &scores, at: start)
    var next = Made.scores([1, 0, 0], unknown: 0)
    next.outcome.knownProbability = 0
    smoothing.apply(to: &next, at: start + 1)
    #expect(next.outcome.unknownScore == 0.5 && next.outcome.knownProbability == 0.5)
    var silent = Made.scores([1, 0, 0])
    smoothing.apply(to: &silent, at: start + 2)
    #expect(silent.outcome.unknownScore == nil)
  }

  @Test("The average forgets by time: half after a half-life, whatever the number of frames")
  func smoothing() {
    var few = Smoothing(halfLife: 2)
    var many = Smoothing(halfLife: 2)
    let start = MonotonicTime(nanoseconds: 1_000_000_000)
    func apply(_ smoothing: inout Smoothing, _ values: [Float], _ seconds: Double) -> [Float] {
      var scores = Made.scores(values)
      smoothing.apply(to: &scores, at: start + seconds)
      return scores.outcome.scores
    }
    #expect(apply(&few, [1, 0, 0], 0) == [1, 0, 0])
    _ = apply(&many, [1, 0, 0], 0)
    let once = apply(&few, [0, 1, 0], 2)
    #expect(once == [0.5, 0.5, 0])
    var last: [Float] = []
    for step in 1...20 { last = apply(&many, [0, 1, 0], Double(step) / 10) }
    #expect(abs(last[0] - 0.5) < 1e-5)
    #expect(abs(apply(&few, [0, 1, 0], 6)[0] - 0.125) < 1e-6)
  }

  @Test("A scene is still in spite of noise, and compared with the last one that was not")
  func still() {
    var scene = StillScene()
    let moved = Made.image(100, field: 140)
    let isStill = [
      Made.image(100), Made.image(100), Made.image(102), moved, moved, Made.image(100),
    ].map { scene.isStill($0) }
    #expect(isStill == [false, true, true, false, true, false])
    // Slow changes add up.
    var slow = StillScene()
    let levels = (0..<12).filter { !slow.isStill(Made.image(UInt8(100 + $0))) }
    #expect(levels == [0, 5, 10])
  }

  @Test("The same message again is counted for ten seconds, other ones are said")
  func repeats() {
    var repeats = Repeats<String>()
    let start = MonotonicTime(nanoseconds: 0)
    #expect(repeats.admit("a", at: start) == "")
    #expect(repeats.admit("a", at: start + 9) == nil)
    #expect(repeats.admit("b", at: start + 9) == "")
    #expect(repeats.admit("a", at: start + 9.5) == nil)
    #expect(repeats.admit("a", at: start + 10) == " (and 2 more before)")
  }
}
