import Capture
import Classification
import Live
import Testing

@Suite("A decision over time")
struct LabelDecisionTests {
  /// A frame: who is best, of "abc" in capitals by little, or "?" where no label fits; and when it comes.
  private typealias Frame = (best: Character, time: Double)

  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

  private static func scores(of best: Character) -> ImageScores {
    let values: [Character: [Float]] = [
      "a": [0.8, 0.1, 0.1], "b": [0.1, 0.8, 0.1], "c": [0.1, 0.1, 0.8],
      "A": [0.45, 0.4, 0.15], "B": [0.4, 0.45, 0.15], "?": [0.4, 0.3, 0.3],
    ]
    var scores = Made.scores(values[best] ?? [], unknown: best == "?" ? 0.75 : 0.25)
    scores.threshold = UnknownThreshold(known: 0.5, novel: nil)
    return scores
  }

  /// What is told at each frame: "-" for nothing, "?" for unknown.
  private func told(_ frames: [Frame], by decision: LabelDecision) -> String {
    var decision = decision
    return String(
      frames.map { frame in
        let change = decision.change(
          by: Self.scores(of: frame.best), at: Self.start + frame.time)
        guard let change else { return "-" }
        return change.text == Answer.unknownText ? "?" : change.text.first ?? "!"
      })
  }

  /// The same of a frame a second.
  private func told(_ frames: String, by decision: LabelDecision) -> String {
    told(frames.enumerated().map { ($0.element, Double($0.offset)) }, by: decision)
  }

  /// The same with thresholds by labels' places.
  private func changes(
    _ frames: [[Float]], _ thresholds: [Int: Float], by decision: LabelDecision
  ) -> [String?] {
    var decision = decision
    return frames.map { values in
      var scores = Made.scores(values)
      scores.threshold.labels = thresholds
      return decision.change(by: scores, at: Self.start)?.text
    }
  }

  @Test("A label changes when another one leads by the margin, however the scores wander")
  func hysteresis() {
    let frames: [[Float]] = [
      [0.4, 0.3, 0.3], [0.35, 0.44, 0.2], [0.3, 0.5, 0.2], [0.3, 0.5, 0.2],
    ]
    #expect(changes(frames, [:], by: LabelDecision(margin: 0.1)) == ["a", nil, "b", nil])
  }

  @Test("Without a margin every new best label is a change")
  func noMargin() {
    let frames: [[Float]] = [
      [0.5, 0.4, 0.1], [0.4, 0.41, 0.1], [0.41, 0.4, 0.1], [0.5, 0.4, 0.1],
    ]
    #expect(changes(frames, [:], by: LabelDecision(margin: 0)) == ["a", "b", "a", nil])
  }

  @Test("Where no label fits that is an answer, too: once, and a label after it is a change")
  func unknown() {
    #expect(told("a??bB", by: LabelDecision(margin: 0.1)) == "a?-b-")
    var decision = LabelDecision(margin: 0.1)
    #expect(decision.change(by: Self.scores(of: "?"), at: Self.start) == .unknown(0.75))
  }

  @Test(
    "An answer counts once it has come so many times one after the other, the first one, too",
    arguments: [
      (1, "aabab", "a-bab"), (2, "aabab", "-a---"), (2, "aabbabaa", "-a-b---a"),
      (3, "aaabcbccc", "--a-----c"), (3, "abcabc", "------"), (2, "a??bb", "--?-b"),
      (2, "a?a?", "----"), (4, "aaaaaaaa", "---a----"),
    ])
  func holdOfFrames(_ count: Int, _ frames: String, _ expected: String) {
    #expect(told(frames, by: LabelDecision(margin: 0, hold: .frames(count))) == expected)
  }

  @Test(
    "Or for so long, by the frames' own times",
    arguments: [
      // A frame that differs has it start afresh.
      ([("a", 0), ("a", 1.9), ("a", 2), ("b", 2.1), ("b", 4), ("a", 4.05), ("b", 5)], "--a----"),
      // Whole milliseconds are exact enough.
      ([("a", 0.033), ("a", 1), ("a", 2.0325)], "--a"),
      // Nothing comes for a while: what is the same before and after it has lasted.
      ([("a", 0), ("a", 600), ("b", 601), ("a", 700), ("b", 701), ("b", 900)], "-a---b"),
      // A recording jumps back: it counts from there.
      ([("a", 20), ("a", 21), ("a", 0), ("a", 1), ("a", 2)], "----a"),
      ([("?", 0), ("a", 1), ("?", 2), ("?", 4)], "---?"),
    ] as [([(Character, Double)], String)])
  func holdOfSeconds(_ frames: [(Character, Double)], _ expected: String) {
    let decision = LabelDecision(margin: 0, hold: .seconds(2))
    #expect(told(frames.map { ($0.0, $0.1) }, by: decision) == expected)
  }

  @Test("Within the margin a frame speaks for the answer that stands, so that no other is held")
  func holdAfterMargin() {
    #expect(told("aabBbb", by: LabelDecision(margin: 0.1, hold: .frames(2))) == "-a---b")
    #expect(told("aabBbb", by: LabelDecision(margin: 0, hold: .frames(2))) == "-a-b--")
  }

  @Test("It is pending while another answer has come that does not count yet")
  func pending() {
    var decision = LabelDecision(margin: 0, hold: .frames(2))
    let pending = "aabba".map { best in
      _ = decision.change(by: Self.scores(of: best), at: Self.start)
      return decision.isPending
    }
    #expect(pending == [true, false, true, false, true])
    var atOnce = LabelDecision(margin: 0)
    _ = atOnce.change(by: Self.scores(of: "a"), at: Self.start)
    #expect(!atOnce.isPending)
  }

  @Test(
    "An ignored answer leaves the one before it, and has one that is held start afresh",
    arguments: [
      (["b"], 1, "bbabacb", "--a--c-"), (["B", "c"], 1, "abca", "a---"),
      (["unknown"], 1, "?a?a?b", "-a---b"), (["b"], 2, "aacbcc", "-a---c"),
      (["b"], 2, "abaab", "---a-"), (["a", "b", "c", "Unknown"], 1, "abc?", "----"),
      (["no such label"], 1, "ab", "ab"),
    ])
  func ignored(_ names: [String], _ hold: Int, _ frames: String, _ expected: String) {
    let decision = LabelDecision(
      margin: 0, hold: .frames(hold),
      ignored: LabelDecision.Verdict.named(names, in: [Made.known]))
    #expect(told(frames, by: decision) == expected)
  }

  @Test("Below its own threshold a label is unknown, not the next one")
  func thresholds() {
    let frames: [[Float]] = [[0.7, 0.3, 0], [0.6, 0.4, 0], [0.4, 0.6, 0], [0.75, 0.25, 0]]
    #expect(
      changes(frames, [0: 0.7], by: LabelDecision(margin: 0.1)) == ["a", "unknown", "b", "a"])
    let ignoring = LabelDecision(margin: 0.1, ignored: [.unknown])
    #expect(changes(frames, [0: 0.7], by: ignoring) == ["a", nil, "b", "a"])
  }

  @Test("A label below its own threshold is not kept by the margin")
  func thresholdBeforeMargin() {
    let frames: [[Float]] = [[0.6, 0.3, 0.1], [0.45, 0.5, 0.05]]
    #expect(changes(frames, [0: 0.55], by: LabelDecision(margin: 0.2)) == ["a", "b"])
    #expect(changes(frames, [0: 0.4], by: LabelDecision(margin: 0.2)) == ["a", nil])
  }

  @Test("A label that leads by less than the margin and is below its threshold is unknown")
  func thresholdOfNewLabel() {
    let frames: [[Float]] = [[0.6, 0.3, 0.1], [0.45, 0.5, 0.05], [0.2, 0.8, 0]]
    #expect(
      changes(frames, [1: 0.7], by: LabelDecision(margin: 0.2)) == ["a", "unknown", "b"])
  }
}
