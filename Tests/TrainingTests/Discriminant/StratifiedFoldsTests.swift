import FloatMath
import Testing
import Training

@Suite struct StratifiedFoldsTests {
  private func split(_ labels: [Int], into count: Int = 4, seed: Int = 1) -> [[Int]] {
    var random = PythonRandom(seed: seed)
    return StratifiedFolds.split(labels, into: count, &random)
  }

  @Test func everyPhotoIsInOneFoldAndLabelsAreSpread() {
    // 12 of label 0, 3 of label 1, one of label 2.
    let labels = [Int](repeating: 0, count: 12) + [1, 1, 1, 2]
    let folds = split(labels)
    #expect(folds.count == 4)
    #expect(folds.flatMap(\.self).sorted() == Array(0..<15))
    for fold in folds {
      #expect(fold.count { labels[$0] == 0 } == 3)
      #expect(fold.count { labels[$0] == 1 } <= 1)
    }
    #expect(split(labels) == folds)
    #expect(split(labels, seed: 2) != folds)
  }

  @Test func aSinglePhotoIsInNoFold() {
    #expect(split([0, 1, 2]).isEmpty)
  }

  @Test(arguments: [2, 8])
  func foldsAreOfOneSize(count: Int) {
    let folds = split((0..<100).map { $0 % 5 }, into: count)
    #expect(folds.count == count)
    #expect(folds.allSatisfy { abs($0.count - 100 / count) <= 5 })
  }
}
