import Classification
import Imaging
import Inference
import TestSupport
import Testing

@Suite("A choice among a model's labels")
struct LabelChoiceTests {
  private let classifier: Classifier
  private let crop: Image

  init() throws {
    classifier = try Classifier(Engine(ModelFixture(.mmrlPlusPlus).reader(), threads: 1))
    let side = classifier.engine.manifest.geometry.imageSize
    var random = SplitMix64(seed: 5)
    crop = Image(
      width: side, height: side,
      pixels: (0..<3 * side * side).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  private func scores(
    _ names: [String], _ thresholds: [(label: String, score: Float)] = []
  ) -> ImageScores {
    classifier.scores(
      of: [crop], explains: true, among: classifier.choice(of: names, thresholds: thresholds)
    ).scores[0]
  }

  @Test("Labels that are not chosen take no part, those that are keep their logits")
  func subset() throws {
    let all = scores([]).best(99)
    for names in [["known 0", "known 1"], ["Novel_1"], ["novel 0", "known 1", "no such"]] {
      let chosen = scores(names).best(99)
      #expect(
        Set(chosen.map(\.label))
          == Set(all.map(\.label)).intersection(
            names.map { $0 == "Novel_1" ? "novel 1" : $0 }))
      #expect(abs(chosen.map(\.score).reduce(0, +) - 1) < 1e-5)
      for label in chosen {
        let same = try #require(all.first { $0.label == label.label })
        #expect(same.logit == label.logit && same.classLogit == label.classLogit)
        #expect(same.representationLogit == label.representationLogit)
        #expect(same.set == label.set && same.head == label.head)
      }
    }
    // Within a kind the odds are the same.
    let known = all.filter { ["known 0", "known 1"].contains($0.label) }
    let chosen = scores(["known 0", "known 1"]).best(2)
    #expect(known.map(\.label) == chosen.map(\.label))
    let (before, after) = (known[0].score / known[1].score, chosen[0].score / chosen[1].score)
    #expect(abs(before / after - 1) < 1e-3)
  }

  @Test("All count where none is named, or none of those that are is there")
  func everything() {
    #expect(classifier.choice(of: [], thresholds: []) == nil)
    let all = scores([])
    #expect(scores(["no such"]).best(99) == all.best(99))
    #expect(scores([], [("no such", 0.5)]).best(99) == all.best(99))
  }

  @Test("Thresholds are those of a label, wherever it stands among the chosen ones")
  func thresholds() throws {
    let best = scores(["known 1", "novel 0"]).label(scores(["known 1", "novel 0"]).bestIndex)
    #expect(!scores(["known 1", "novel 0"]).isUnknown)
    #expect(scores(["known 1", "novel 0"], [(best.label, 1)]).isUnknown == (best.score < 1))
    let other = best.label == "novel 0" ? "known 1" : "novel 0"
    #expect(!scores(["known 1", "novel 0"], [(other, 1)]).isUnknown)
    // A choice's own comes before the classifier's.
    try classifier.setThreshold(1, ofLabel: best.label)
    #expect(scores(["known 1", "novel 0"]).isUnknown == (best.score < 1))
    #expect(!scores(["known 1", "novel 0"], [(best.label, 0.0001)]).isUnknown)
  }
}
