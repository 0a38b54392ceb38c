import FloatMath
import Testing
import Training

@Suite struct ScoresTests {
  @Test func countsAgainstALoop() {
    var random = PythonRandom(seed: 9)
    let count = 500
    let labels = 7
    let actual = (0..<count).map { _ in random.below(labels - 1) }
    let logits = (0..<(count * labels)).map { _ in Float(random.unit()) }
    let scores = Scores(logits: logits, actual: actual, labelCount: labels)
    var right = 0
    var rightOf = [Int](repeating: 0, count: labels)
    var ofLabel = [Int](repeating: 0, count: labels)
    for photo in 0..<count {
      let row = Array(logits[(photo * labels)..<((photo + 1) * labels)])
      let best = row.enumerated().max { $0.element < $1.element }?.offset
      ofLabel[actual[photo]] += 1
      if best == actual[photo] {
        right += 1
        rightOf[actual[photo]] += 1
      }
    }
    #expect(scores.total == count)
    #expect(scores.correct == right)
    #expect(abs(scores.accuracy - 100 * Double(right) / Double(count)) < 1e-9)
    for label in 0..<labels {
      let expected =
        ofLabel[label] == 0 ? nil : 100 * Double(rightOf[label]) / Double(ofLabel[label])
      #expect(scores.accuracyOfLabels[label] == expected)
    }
    #expect(scores.accuracyOfLabels[labels - 1] == nil)
  }

  @Test func confusionsComeMostFrequentFirst() {
    let scores = Scores(
      predicted: [1, 1, 2, 0, 0, 2, 2], actual: [0, 0, 0, 1, 2, 2, 2], labelCount: 3)
    let confusions = scores.confusions(2)
    #expect(confusions.map(\.photos) == [2, 1])
    #expect(confusions[0].label == 0 && confusions[0].given == 1)
    #expect(confusions[1].label == 0 && confusions[1].given == 2)
  }

  @Test func meansFollowTheirDefinitions() {
    #expect(abs(harmonicMean(69.34, 74.22) - 71.70) < 0.005)
    #expect(harmonicMean(0, 0) == 0)
    let spread = Spread([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(spread.mean == 5)
    #expect(spread.deviation == 2)
  }
}
