import ModelFile
import Testing

@Suite("Everyday words that mean none of the labels")
struct WordsApartTests {
  private func apart(_ cosines: [[Float]], labels: Int) -> [Int] {
    Manifest.Answer.wordsApart(cosines.count, from: labels) { cosines[$0][$1] }
  }

  @Test("A word that means much the same as a label is left out")
  func sameMeaning() {
    #expect(apart([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 0.9]], labels: 2) == [1, 2])
    // The limit itself is near enough.
    let limit = Manifest.Answer.sameMeaning
    #expect(apart([[limit], [limit.nextDown], [-1]], labels: 1) == [1, 2])
  }

  @Test("Without labels all are kept, without words there are none")
  func nothing() {
    #expect(apart([[], []], labels: 0) == [0, 1])
    #expect(apart([], labels: 2).isEmpty)
  }
}
