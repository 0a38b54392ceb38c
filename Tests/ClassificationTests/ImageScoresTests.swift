import Classification
import ModelFile
import Testing

@Suite("From scores to labels")
struct ImageScoresTests {
  private static func set(_ kind: Manifest.LabelSet.Kind, _ count: Int) -> LabelSet {
    LabelSet(
      kind: kind, labels: (0..<count).map { "\(kind.rawValue) \($0)" },
      head: kind == .known ? .fusion : .class)
  }

  private func scores(known: [Float] = [], novel: [Float] = []) -> ImageScores {
    var sets: [LabelSet] = []
    if !known.isEmpty { sets.append(Self.set(.known, known.count)) }
    if !novel.isEmpty { sets.append(Self.set(.novel, novel.count)) }
    return ImageScores(
      sets, Evidence(known: known, knownClass: known.map { $0 - 1 }, novel: novel),
      by: AnswerRule(nil))
  }

  @Test("One set's scores are the softmax of its logits")
  func softmax() {
    for scores in [scores(novel: [1, 3, 2]), scores(known: [1, 3, 2])] {
      let scores = scores.outcome.scores
      #expect(abs(scores.reduce(0, +) - 1) < 1e-6)
      #expect(abs(scores[1] / scores[2] - 2.7182817) < 1e-4)
      #expect(abs(scores[2] / scores[0] - 2.7182817) < 1e-4)
    }
  }

  @Test("The best come first, of both sets; equal ones in the order of the sets")
  func order() {
    let best = scores(novel: [1, 4, 2, 4]).best(3)
    #expect(best.map(\.label) == ["novel 1", "novel 3", "novel 2"])
    #expect(best.map(\.logit) == [4, 4, 2])
    #expect(best.allSatisfy { $0.set == .novel && $0.head == .class && $0.classLogit == $0.logit })
    #expect(scores(novel: [1, 2]).best(5).count == 2)
    // Class logits of the known ones are one lower: together e + 1 beside e + 1.
    let both = scores(known: [2, 1], novel: [1, 0])
    #expect(both.outcome.knownProbability == 0.5)
    #expect(both.best(4).map(\.label) == ["known 0", "novel 0", "known 1", "novel 1"])
    #expect(both.best(4).map(\.logit) == [2, 1, 1, 0])
    #expect(both.best(4).map(\.classLogit) == [1, 1, 0, 0])
    #expect(both.best(4).map(\.set) == [.known, .novel, .known, .novel])
    #expect(both.best(4).map(\.head) == [.fusion, .class, .fusion, .class])
    #expect(both.best(1).map(\.label) == ["known 0"] && both.bestIndex == 0)
    #expect(scores(known: [1], novel: [3, 5]).label(2).label == "novel 1")
  }

  @Test("A few of many labels are those that sorting finds")
  func fewOfMany() {
    let logits = (0..<300).map { Float(($0 * 7919) % 101) / 50 }
    let scores = scores(known: Array(logits[..<120]), novel: Array(logits[120...]))
    let sorted = scores.best(300)
    #expect(sorted.map(\.score) == sorted.map(\.score).sorted(by: >))
    for count in [1, 5, 15, 16, 299] { #expect(scores.best(count) == Array(sorted.prefix(count))) }
  }

  @Test("Scores that were changed decide, logits only between equal ones")
  func changedScores() {
    var scores = scores(known: [1, 4, 2])
    scores.outcome.scores = [0.5, 0.2, 0.5]
    #expect(scores.best(3).map(\.label) == ["known 2", "known 0", "known 1"])
    #expect(scores.bestIndex == 2)
  }

  @Test("Each answer has the threshold of its set; without a score or a threshold none is unknown")
  func unknown() {
    var scores = scores(known: [3, 1], novel: [2])
    let (known, novel) = (
      UnknownThreshold(known: 0.5, novel: nil), UnknownThreshold(known: nil, novel: 0.5)
    )
    func isUnknown(_ threshold: UnknownThreshold) -> Bool {
      var scores = scores
      scores.threshold = threshold
      return scores.isUnknown
    }
    #expect(!isUnknown(known))
    scores.outcome.unknownScore = 0.5
    #expect(!isUnknown(known))
    scores.outcome.unknownScore = 0.75
    #expect(isUnknown(known) && !isUnknown(novel) && !isUnknown(.none))
    scores.outcome.scores = [0.25, 0.25, 0.5]
    #expect(!isUnknown(known) && isUnknown(novel))
  }

  @Test("A best label below its own threshold is unknown, whatever the unknown score")
  func ownThreshold() {
    var scores = scores(known: [3, 1], novel: [2])
    scores.outcome.scores = [0.5, 0.125, 0.375]
    scores.threshold.labels = [0: 0.5, 1: 0.9]
    #expect(!scores.isUnknown && !scores.isTooLow(0) && scores.isTooLow(1) && !scores.isTooLow(2))
    scores.threshold.labels = [0: 0.75]
    #expect(scores.isUnknown)
    let record = Record.Labels(scores, RecordStyle(), milliseconds: 1)
    #expect(record.isUnknown && record.answer == .unknown(nil) && record.labels.count == 3)
    scores.outcome.unknownScore = 0
    #expect(scores.isUnknown)
    // The next best label does not take its place, the best one of another image does.
    scores.outcome.scores = [0.25, 0.125, 0.625]
    #expect(!scores.isUnknown)
  }

  @Test("A record has the best labels of all sets, and how they came about only if asked")
  func record() {
    var style = RecordStyle()
    style.top = 3
    var scores = scores(known: [1, 2, 3], novel: [2, 1])
    scores.outcome.unknownScore = 0.75
    let plain = Record.Labels(scores, style, milliseconds: 3, warnings: ["odd"])
    #expect(plain.labels == scores.best(3))
    #expect(plain.milliseconds == 3 && plain.warnings == ["odd"])
    #expect(plain.unknownScore == 0.75 && !plain.isUnknown && plain.knownProbability == nil)
    #expect(plain.answer == .label(scores.best(1)[0]))
    style.explains = true
    scores.threshold = UnknownThreshold(known: 0.5, novel: 0.5)
    let explained = Record.Labels(scores, style, milliseconds: 3)
    #expect(explained.knownProbability == scores.outcome.knownProbability)
    #expect(explained.isUnknown && explained.answer == .unknown(0.75))
    #expect(explained.answer.text == "unknown")
  }
}
