import Classification
import ModelFile
import TestSupport
import Testing

@Suite("From evidence to probabilities")
struct AnswerRuleTests {
  private typealias Answer = Manifest.Answer

  // MARK: The example of ANSWER.md

  private static let example = Answer(
    knownScale: 0.5, classScale: 2,
    gate: Answer.Gate(gap: 2, distance: -1, confidence: 1, bias: 1.386294),
    unknown: Answer.Unknown(
      known: Answer.Unknown.Regression(energy: 0.5, distance: -0.4, confidence: 1, bias: 0.2),
      named: Answer.Unknown.Regression(energy: 1.2, bias: -1.5),
      novel: Answer.Unknown.Regression(energy: 0.8, bias: 0.9)),
    origin: "made up")
  private static let evidence = Evidence(
    known: [2.197225, 0], knownClass: [2, 1], novel: [1.5, 0.950694], words: [0, 0, 1],
    distance: 1)

  private func expectEqual(
    _ found: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (a, b) in zip(found, expected) {
      #expect(abs(a - b) < 1e-5, "\(found), \(expected)", sourceLocation: sourceLocation)
    }
  }

  @Test("The gate decides between known and novel, their heads among themselves")
  func workedExample() throws {
    let outcome = AnswerRule(Self.example).outcome(Self.evidence)
    expectEqual(outcome.scores, [0.5625, 0.1875, 0.1875, 0.0625])
    expectEqual([outcome.knownProbability], [0.75])
    expectEqual([try #require(outcome.unknownScore)], [0.119499])
    // Of known labels alone, photos alone say whether one is shown.
    var known = Self.evidence
    known.novel = []
    expectEqual([try #require(AnswerRule(Self.example).outcome(known).unknownScore)], [0.576393])
    // A model without a regression of the novel labels has one of all names.
    var older = Self.example
    older.unknown?.novel = nil
    expectEqual([try #require(AnswerRule(older).outcome(Self.evidence).unknownScore)], [0.168714])
  }

  @Test(
    "Without photos the class head's mass on the known names decides, and names alone say unknown")
  func workedExampleWithoutPhotos() throws {
    var evidence = Self.evidence
    evidence.distance = nil
    let outcome = AnswerRule(Self.example).outcome(evidence)
    expectEqual([outcome.knownProbability], [0.698306])
    expectEqual(outcome.scores, [0.523730, 0.174577, 0.226270, 0.075423])
    expectEqual([try #require(outcome.unknownScore)], [0.398488])
    // The same where the model has no gate and no regression of its photos.
    var answer = Self.example
    answer.gate = nil
    answer.unknown?.known = nil
    #expect(AnswerRule(answer).outcome(Self.evidence) == outcome)
  }

  // MARK: Properties

  /// A model's figures and an image's evidence, both random.
  private struct Draw {
    var answer: Manifest.Answer
    var evidence: Evidence

    init(_ random: inout SplitMix64) {
      func number(_ spread: Float) -> Double { Double(spread * random.normal()) }
      func logits(_ count: Int) -> [Float] {
        (0..<count).map { _ in 20 + 4 * random.normal() }
      }
      func regression() -> Manifest.Answer.Unknown.Regression {
        Manifest.Answer.Unknown.Regression(
          energy: abs(number(0.5)), distance: -abs(number(1)), confidence: number(1),
          bias: number(1))
      }
      answer = Manifest.Answer(
        knownScale: 0.2 + abs(number(1)), classScale: 0.2 + abs(number(1)),
        gate: Manifest.Answer.Gate(
          gap: abs(number(0.5)), distance: number(1), confidence: number(1), bias: number(1)),
        unknown: Manifest.Answer.Unknown(known: regression(), named: regression()),
        origin: "random")
      answer.unknown?.novel = Manifest.Answer.Unknown.Regression(
        energy: answer.knownScale, bias: answer.gate?.bias ?? 0)
      let known = Int.random(in: 1...9, using: &random)
      let novel = Int.random(in: 1...9, using: &random)
      evidence = Evidence(
        known: logits(known), knownClass: logits(known), novel: logits(novel),
        words: logits(Int.random(in: 1...9, using: &random)),
        distance: 1 + abs(random.normal()))
    }

    /// The same without a gate.
    var withoutGate: Manifest.Answer {
      var answer = answer
      answer.gate = nil
      return answer
    }
  }

  private func forEachDraw(_ body: (Draw, inout SplitMix64) throws -> Void) rethrows {
    var random = SplitMix64(seed: 11)
    for _ in 0..<500 { try body(Draw(&random), &random) }
  }

  @Test("Scores sum to one, and all that is a probability lies within 0...1")
  func sums() throws {
    try forEachDraw { draw, _ in
      for answer in [draw.answer, draw.withoutGate, nil] {
        let outcome = AnswerRule(answer).outcome(draw.evidence)
        #expect(abs(outcome.scores.reduce(0, +) - 1) < 1e-5)
        #expect(outcome.scores.allSatisfy { (0...1).contains($0) })
        #expect((0...1).contains(outcome.knownProbability))
        let known = outcome.scores.prefix(draw.evidence.known.count).reduce(0, +)
        #expect(abs(known - outcome.knownProbability) < 1e-5)
        if answer == nil {
          #expect(outcome.unknownScore == nil)
        } else {
          let unknown = try #require(outcome.unknownScore)
          #expect((0...1).contains(unknown))
        }
      }
    }
  }

  @Test("The order of the labels does not matter")
  func permuted() throws {
    try forEachDraw { draw, random in
      let evidence = draw.evidence
      let known = evidence.known.indices.shuffled(using: &random)
      let novel = evidence.novel.indices.shuffled(using: &random)
      let other = Evidence(
        known: known.map { evidence.known[$0] }, knownClass: known.map { evidence.knownClass[$0] },
        novel: novel.map { evidence.novel[$0] }, words: evidence.words.shuffled(using: &random),
        distance: evidence.distance)
      for answer in [draw.answer, draw.withoutGate] {
        let rule = AnswerRule(answer)
        let (a, b) = (rule.outcome(evidence), rule.outcome(other))
        let places = known + novel.map { $0 + known.count }
        for (index, place) in places.enumerated() {
          #expect(abs(b.scores[index] - a.scores[place]) < 1e-6)
        }
        let difference = try #require(a.unknownScore) - #require(b.unknownScore)
        #expect(abs(difference) < 1e-6)
      }
    }
  }

  @Test("Another novel label never raises a known label's score, be it the first or one of many")
  func addedLabel() {
    forEachDraw { draw, random in
      for answer in [draw.answer, draw.withoutGate, nil] {
        let rule = AnswerRule(answer)
        var more = draw.evidence
        more.novel.append(20 + 6 * random.normal())
        var none = draw.evidence
        none.novel = []
        let count = draw.evidence.known.count
        let (few, many) = (rule.outcome(draw.evidence), rule.outcome(more))
        for (before, after) in [(few, many), (rule.outcome(none), few)] {
          for index in 0..<count { #expect(after.scores[index] <= before.scores[index] + 1e-7) }
          #expect(after.knownProbability <= before.knownProbability)
        }
      }
    }
  }

  @Test("A model without photos has the plain softmax over all names")
  func plainSoftmax() {
    forEachDraw { draw, _ in
      var evidence = draw.evidence
      evidence.known = evidence.knownClass
      evidence.distance = nil
      let one = Evidence(novel: evidence.known + evidence.novel)
      let outcome = AnswerRule(nil).outcome(evidence)
      for (a, b) in zip(outcome.scores, AnswerRule(nil).outcome(one).scores) {
        #expect(abs(a - b) < 1e-6)
      }
      #expect(outcome.unknownScore == nil)
    }
  }

  @Test("Without words the model cannot say that no label fits")
  func noWords() {
    forEachDraw { draw, _ in
      var evidence = draw.evidence
      evidence.words = []
      #expect(AnswerRule(draw.answer).outcome(evidence).unknownScore == nil)
    }
  }

  @Test("Nothing is not a number, however far the image and however large the logits")
  func extremes() throws {
    let (large, small): (Float, Float) = (1e4, -1e4)
    let cases: [Evidence] = [
      Evidence(known: [large], knownClass: [large], novel: [small], words: [0], distance: 0),
      Evidence(known: [small], knownClass: [small], novel: [large], words: [0], distance: 0),
      Evidence(
        known: [large, small], knownClass: [small, large], novel: [large, small],
        words: [large, small], distance: .infinity),
      Evidence(
        known: [small, small], knownClass: [small, small], novel: [small], words: [large],
        distance: .infinity),
      Evidence(known: [0, 0], knownClass: [0, 0], novel: [0], words: [0], distance: .infinity),
      Evidence(known: [3], knownClass: [2], words: [1], distance: 1),
      Evidence(novel: [3], words: [1]), Evidence(novel: [large], words: [small]),
    ]
    // A distance without end that does not count must not make the sum no number.
    var indifferent = Self.example
    indifferent.gate?.distance = 0
    indifferent.unknown?.known?.distance = 0
    for answer in [Self.example, indifferent] {
      for evidence in cases {
        let outcome = AnswerRule(answer).outcome(evidence)
        #expect(abs(outcome.scores.reduce(0, +) - 1) < 1e-5, "\(evidence)")
        #expect(outcome.scores.allSatisfy { (0...1).contains($0) }, "\(evidence)")
        #expect((0...1).contains(outcome.knownProbability), "\(evidence)")
        let unknown = try #require(outcome.unknownScore)
        #expect((0...1).contains(unknown), "\(evidence)")
      }
    }
    #expect(AnswerRule(Self.example).outcome(cases[2]).knownProbability == 0)
    #expect(AnswerRule(Self.example).outcome(cases[0]).scores == [1, 0])
    // One label alone is certain, among labels.
    for evidence in cases.suffix(3) {
      #expect(AnswerRule(Self.example).outcome(evidence).scores == [1])
    }
  }
}
