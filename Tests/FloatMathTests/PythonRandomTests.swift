import FloatMath
import TestSupport
import Testing

@Suite struct PythonRandomTests {
  @Test func drawsEqualPythons() throws {
    let published = try PublishedSplits.load().python_random
    var random = PythonRandom(seed: published.seed)
    #expect(published.getrandbits32.map { _ in random.bits(32) } == published.getrandbits32)
    // The published draws go on from each other.
    #expect(published.randbelow_10.map { _ in random.below(10) } == published.randbelow_10)
    var items = Array(0..<10)
    random.shuffle(&items)
    #expect(items == published.shuffle_10)
    #expect(published.random.map { _ in random.unit() } == published.random)
  }

  @Test func shuffledSplitEqualsThePublished() throws {
    let published = try PublishedSplits.load().split_trainval_seed1
    var random = PythonRandom(seed: 1)
    var train: [String] = []
    var validation: [String] = []
    for (label, count) in published.counts.enumerated() {
      var indices = Array(0..<count)
      random.shuffle(&indices)
      let held = Int((Double(count) * 0.2).rounded(.toNearestOrEven))
      validation += indices[..<held].map { "\(label)/\($0)" }
      train += indices[held...].map { "\(label)/\($0)" }
    }
    #expect(train == published.train)
    #expect(validation == published.val)
  }

  /// From CPython 3.11: `random.seed(s); random.getrandbits(32)`.
  @Test(arguments: [
    (0, 3_626_764_237 as UInt64), (42, 2_746_317_213), (-42, 2_746_317_213),
    (1_099_511_627_783, 2_635_837_658),
  ])
  func seeds(seed: Int, first: UInt64) {
    var random = PythonRandom(seed: seed)
    #expect(random.bits(32) == first)
  }

  @Test func samplesHoldNoItemTwice() {
    var random = PythonRandom(seed: 5)
    for (population, count) in [(1, 1), (21, 5), (22, 5), (85, 6), (86, 6), (1000, 16), (0, 0)] {
      let drawn = random.sample(Array(0..<population), count)
      #expect(drawn.count == count)
      #expect(Set(drawn).count == count)
      #expect(drawn.allSatisfy { (0..<population).contains($0) })
    }
  }
}
