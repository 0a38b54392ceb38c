import Classification
import Imaging
import Inference
import TestSupport
import Testing

@Suite("Labels that a user names")
struct LabelNamesTests {
  private static let sets = [
    LabelSet(kind: .known, labels: ["red_cup", "Mug", "x=y"], head: .fusion),
    LabelSet(kind: .novel, labels: ["saw", "mug"], head: .class),
  ]

  @Test(
    "Names are told apart as in prompts; a label that is known and novel has two places",
    arguments: [
      ("Red cup", [0]), ("MUG", [1, 4]), ("saw", [3]), ("x=y", [2]), ("cup", []), ("", []),
    ])
  func places(_ name: String, _ places: [Int]) {
    #expect(Self.sets.places(of: name) == places)
  }

  @Test("A label that is not there is told of with the one that may be meant, if any")
  func noSuchLabel() {
    let near = NoSuchLabel("red cub", in: Self.sets)
    #expect(near.nearest == "red_cup")
    #expect("\(near)" == "there is no label red cub: is red_cup meant?")
    #expect("\(NoSuchLabel("giraffe", in: Self.sets))" == "there is no label giraffe")
  }

  @Test("The answer where no label fits is meant by its name, however it is written")
  func unknown() {
    #expect(Answer.isUnknown("Unknown ") && !Answer.isUnknown("unknown cup"))
  }

  @Test("A classifier takes thresholds of its labels, for other threads too, and of no others")
  func thresholds() throws {
    let classifier = try Classifier(Engine(ModelFixture(.mmrlPlusPlus).reader(), threads: 1))
    try classifier.setThreshold(0.75, ofLabel: "NOVEL_1")
    let other = classifier.onOneThread()
    let side = other.preprocessing.size
    let crop = Image(width: side, height: side)
    for scorer in [classifier, other] {
      #expect(scorer.scores(of: [crop]).scores[0].threshold.labels == [4: 0.75])
    }
    #expect(throws: NoSuchLabel("novl 1", in: classifier.sets)) {
      try classifier.setThreshold(0.5, ofLabel: "novl 1")
    }
  }
}
