import Classification
import ModelFile
import TestSupport
import Testing

@Suite("From which score on an answer is unknown")
struct UnknownThresholdTests {
  private func threshold(_ scores: [Float], _ rate: Double) -> Float? {
    let unknown = Manifest.Answer.Unknown(
      known: nil, named: Manifest.Answer.Unknown.Regression(energy: 1, bias: 0),
      heldOutKnown: scores.sorted())
    return UnknownThreshold(unknown, rate: rate).known
  }

  @Test(
    "It is the score of rank (n + 1)(1 - rate), rounded up",
    arguments: [
      (18, 0.05, nil), (19, 0.05, 19), (20, 0.05, 20), (39, 0.05, 38), (40, 0.05, 39),
      (98, 0.01, nil), (99, 0.01, 99), (100, 0.01, 100), (199, 0.01, 198), (9, 0.1, 9),
      (3, 0.5, 2), (1, 0.5, 1), (0, 0.5, nil),
    ] as [(Int, Double, Int?)])
  func rank(photos: Int, rate: Double, rank: Int?) {
    let scores = (0..<photos).map { Float($0 + 1) / 256 }
    #expect(threshold(scores, rate) == rank.map { Float($0) / 256 })
  }

  @Test("So many photos are needed as make the rank one that there is")
  func photosNeeded() {
    for rate in [0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 1.0 / 3, 0.5, 0.9] {
      let needed = UnknownThreshold.photosNeeded(for: rate)
      let scores = [Float](repeating: 0.5, count: needed)
      #expect(threshold(scores, rate) != nil, "\(rate)")
      #expect(needed == 0 || threshold(Array(scores.dropLast()), rate) == nil, "\(rate)")
    }
    #expect(UnknownThreshold.photosNeeded(for: 0.05) == 19)
    #expect(UnknownThreshold.photosNeeded(for: 0.01) == 99)
  }

  @Test("Known and novel answers have thresholds of their own; a model that knows nothing has none")
  func sets() {
    let unknown = Manifest.Answer.Unknown(
      known: nil, named: Manifest.Answer.Unknown.Regression(energy: 1, bias: 0),
      heldOutKnown: [0.25, 0.5, 0.75], heldOutNovel: [0.125])
    #expect(
      UnknownThreshold(unknown, rate: 0.5) == UnknownThreshold(known: 0.5, novel: 0.125))
    #expect(
      UnknownThreshold(unknown, rate: 0.25) == UnknownThreshold(known: 0.75, novel: nil))
    #expect(UnknownThreshold(nil, rate: 0.5) == .none)
  }

  /// A new photo whose score is drawn like those of the held-out ones is refused with at most the probability asked
  /// for; with scores that all differ and (n + 1) rate whole, with just that.
  @Test(
    "No more photos are refused than was asked for",
    arguments: [(39, 0.05, true), (50, 0.1, false), (19, 0.05, true), (12, 0.25, false)])
  func conformal(photos: Int, rate: Double, isExact: Bool) throws {
    var random = SplitMix64(seed: UInt64(photos))
    let rounds = 20_000
    for hasTies in [false, true] {
      var refused = 0
      for _ in 0..<rounds {
        // Squares: the guarantee holds for every distribution.
        let scores = (0...photos).map { _ -> Float in
          let score = random.uniform() * random.uniform()
          return hasTies ? (abs(score) * 8).rounded() / 8 : abs(score)
        }
        let limit = try #require(threshold(Array(scores.dropLast()), rate))
        if scores[photos] > limit { refused += 1 }
      }
      let share = Double(refused) / Double(rounds)
      let error = (rate * (1 - rate) / Double(rounds)).squareRoot()
      #expect(share <= rate + 4 * error, "\(share)")
      if isExact && !hasTies { #expect(share >= rate - 4 * error, "\(share)") }
    }
  }
}
