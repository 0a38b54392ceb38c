import FloatMath
import Testing
import Training

@Suite struct GroupedFoldsTests {
  /// Random labels and groups, groups across labels among them: the rules hold for all of them.
  @Test(arguments: 0..<40)
  func rulesHold(seed: Int) {
    var random = PythonRandom(seed: seed)
    let count = 3 + random.below(40)
    let labels = (0..<count).map { _ in random.below(4) }
    var groups: [Int] = []
    for photo in 0..<count {
      let isNew = photo == 0 || random.unit() < 0.7
      groups.append(isNew ? (groups.max() ?? -1) + 1 : groups[random.below(photo)])
    }
    let folds = GroupedFolds.split(labels, groups: groups, into: 5, &random)
    let placed = folds.flatMap(\.self)
    #expect(Set(placed).count == placed.count)
    #expect(folds.count <= 5)
    for fold in folds {
      #expect(!fold.isEmpty && fold == fold.sorted())
      // No group is parted.
      let inside = Set(fold.map { groups[$0] })
      #expect((0..<count).filter { inside.contains(groups[$0]) } == fold)
      // Every label is still learnt from.
      let kept = Set((0..<count).filter { !fold.contains($0) }.map { labels[$0] })
      #expect(kept == Set(labels))
    }
  }

  @Test func everyPhotoIsHeldOutOnce() {
    var random = PythonRandom(seed: 1)
    let labels = (0..<30).map { $0 % 3 }
    let folds = GroupedFolds.split(labels, groups: Array(0..<30), into: 5, &random)
    #expect(folds.flatMap(\.self).sorted() == Array(0..<30))
    // Stratified: two photos of each label in a fold.
    for fold in folds { #expect((0..<3).map { l in fold.count { labels[$0] == l } } == [2, 2, 2]) }
  }

  @Test func whatHasToBeLearntFromIsInNoFold() {
    var random = PythonRandom(seed: 1)
    // Label 1 has one photo; label 2 three that are nearly the same.
    let folds = GroupedFolds.split(
      [0, 0, 0, 1, 2, 2, 2], groups: [0, 1, 2, 3, 4, 4, 4], into: 5, &random)
    #expect(folds.flatMap(\.self).sorted() == [0, 1, 2])
    #expect(folds.count == 3)
    #expect(GroupedFolds.split([0, 1], groups: [0, 1], into: 5, &random).isEmpty)
    #expect(GroupedFolds.split([], groups: [], into: 5, &random).isEmpty)
  }
}
