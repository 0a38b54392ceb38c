import Capture
import Testing

struct SequenceCounterTests {
  @Test func gapsAreCountedAcrossTheWrap() {
    var counter = SequenceCounter()
    let sequences: [UInt32] = [5, 6, 10, .max - 1, .max, 0, 3]
    let gaps = sequences.map { counter.count($0) }
    #expect(gaps[0..<3] == [0, 0, 3])
    #expect(gaps[4...] == [0, 0, 2])
  }

  @Test func framesBeforeTheFirstOneTakenCountWhereNumbersSay() {
    var stream = SequenceCounter(after: 0)
    #expect([4, 5, 7].map { stream.count($0) } == [3, 0, 1])
    var camera = SequenceCounter()
    #expect(camera.count(4) == 0)
  }

  @Test func aNewStartIsNoGap() {
    var counter = SequenceCounter()
    #expect([1000, 0, 1, 1].map { counter.count($0) } == [0, 0, 0, 0])
  }
}
