import Classification
import ModelFile
import Testing

@Suite("Everyday words")
struct EverydayWordsTests {
  @Test("A word that means much the same as a label is left out")
  func sameMeaning() {
    // Cosines of 1, 0.8 and 0.6 to the first label, of 0, 0.6 and 0.8 to the second.
    let words: [Float] = [1, 0, 0.8, 0.6, 0.6, 0.8]
    #expect(
      EverydayWords.meaningOthers(words, than: [1, 0, 0, 1], columns: 2) == [0.8, 0.6, 0.6, 0.8])
    // The limit itself is near enough.
    let limit = Manifest.Answer.sameMeaning
    let near = [limit, (1 - limit * limit).squareRoot()]
    #expect(EverydayWords.meaningOthers(near, than: [1, 0], columns: 2).isEmpty)
    #expect(EverydayWords.meaningOthers([0.84, 0.5426], than: [1, 0], columns: 2).count == 2)
    #expect(EverydayWords.meaningOthers([-1, 0], than: [1, 0], columns: 2) == [-1, 0])
  }

  @Test("Without labels all are kept, without words there are none")
  func nothing() {
    #expect(EverydayWords.meaningOthers([1, 0], than: [], columns: 2) == [1, 0])
    #expect(EverydayWords.meaningOthers([], than: [1, 0], columns: 2).isEmpty)
  }
}
