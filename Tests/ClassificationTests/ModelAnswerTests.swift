import Classification
import Imaging
import Inference
import ModelFile
import TestSupport
import Testing

/// What a model with everything says of an image, from the file to the answer.
@Suite("Answers of a model that has learnt from photos")
struct ModelAnswerTests {
  private func scores(
    _ fixture: ModelFixture, labels: LabelSelection = .all
  ) throws -> ImageScores {
    let classifier = try Classifier(Engine(fixture.reader(), threads: 1), labels: labels)
    let side = fixture.manifest.geometry.imageSize
    let pixels = (0..<3 * side * side).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / side) }
    let crop = Image(width: side, height: side, pixels: pixels)
    return try #require(classifier.scores(of: [crop]).scores.first)
  }

  @Test("The evidence has all that the model knows, and the rule is the file's")
  func evidence() throws {
    for method in Manifest.Method.allCases {
      var fixture = ModelFixture(method, seed: 5)
      fixture.hasDiscriminant = true
      fixture.addAnswer()
      let scores = try scores(fixture)
      #expect(scores.evidence.known.count == 3 && scores.evidence.novel.count == 2)
      #expect(scores.evidence.words.count == 6)
      #expect(try #require(scores.evidence.distance) > 0)
      #expect(scores.evidence.known != scores.evidence.knownClass)
      #expect(scores.outcome == AnswerRule(fixture.manifest.answer).outcome(scores.evidence))
      #expect(scores.outcome.unknownScore != nil)
    }
  }

  @Test("A word that means what a label means is no other thing to show")
  func wordsApart() throws {
    var fixture = ModelFixture(.mmrlPlusPlus, seed: 5)
    fixture.addAnswer()
    let engine = try Engine(fixture.reader(), threads: 1)
    let columns = fixture.manifest.geometry.embedDim
    let all = engine.words(apartFrom: [])
    #expect(all.count == 6 * columns)
    let third = Array(all[2 * columns..<3 * columns])
    // Random words are only about of unit length: this makes the cosine 1.
    let square = third.reduce(0) { $0 + $1 * $1 }
    let others = Array(all[..<(2 * columns)]) + Array(all[(3 * columns)...])
    #expect(engine.words(apartFrom: third.map { $0 / square }) == others)
  }

  @Test("Novel labels alone are answered by names alone")
  func novelOnly() throws {
    var fixture = ModelFixture(.mmrlPlusPlus, seed: 5)
    fixture.addAnswer()
    let scores = try scores(fixture, labels: .novel)
    #expect(scores.evidence.known.isEmpty && scores.evidence.distance == nil)
    #expect(scores.outcome.knownProbability == 0)
    #expect(scores.outcome.unknownScore != nil)
  }

  @Test("A model of the first version has no photos and no words")
  func withoutAnswer() throws {
    let scores = try scores(ModelFixture(.mmrlPlusPlus, seed: 5))
    #expect(scores.evidence.distance == nil && scores.evidence.words.isEmpty)
    #expect(scores.outcome.unknownScore == nil)
    #expect(scores.outcome == AnswerRule(nil).outcome(scores.evidence))
  }
}
