import Classification
import Testing

@Suite("From scores to labels")
struct SetScoresTests {
  private func scores(_ logits: [Float]) -> SetScores {
    let labels = logits.indices.map { "label \($0)" }
    return SetScores(LabelSet(kind: .novel, labels: labels, head: .class), logits: logits)
  }

  @Test("Scores are the softmax of the logits")
  func softmax() {
    let scores = scores([1, 3, 2]).scores
    #expect(abs(scores.reduce(0, +) - 1) < 1e-6)
    #expect(abs(scores[1] / scores[2] - 2.7182817) < 1e-4)
    #expect(abs(scores[2] / scores[0] - 2.7182817) < 1e-4)
  }

  @Test("The best come first; equal ones in the order of the set")
  func order() {
    let best = scores([1, 4, 2, 4]).best(3)
    #expect(best.map(\.label) == ["label 1", "label 3", "label 2"])
    #expect(best.map(\.logit) == [4, 4, 2])
    #expect(best.allSatisfy { $0.set == .novel && $0.head == .class })
    #expect(scores([1, 2]).best(5).count == 2)
  }

  @Test("Scores that were changed decide, logits only between equal ones")
  func changedScores() {
    var scores = scores([1, 4, 2])
    scores.scores = [0.5, 0.2, 0.5]
    #expect(scores.best(3).map(\.label) == ["label 2", "label 0", "label 1"])
  }

  @Test("A record has the best labels of each set")
  func record() {
    let labels = Record.Labels([scores([1, 2, 3]), scores([2, 1])], top: 2, milliseconds: 3)
    #expect(labels.sets.map { $0.map(\.logit) } == [[3, 2], [2, 1]])
    #expect(labels.milliseconds == 3)
  }
}
