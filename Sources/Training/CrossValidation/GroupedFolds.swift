package import FloatMath

/// Stratified k-folds that never part a group of near-duplicates, and never take all photos of a label.
package enum GroupedFolds {
  /// Folds for the photos that can be held out; the others are in none.
  ///
  /// A label whose photos are one group has to be learnt from whole; so has any group with photos of such a label.
  ///
  /// - Parameters:
  ///   - labels: `[N]`.
  ///   - groups: `[N]`, each counted from 0.
  ///   - count: folds, at least 2; fewer are made where no label has as many groups.
  ///   - random: shuffles the groups.
  /// - Returns: the photos of each fold, sorted; none where no label has two groups.
  package static func split(
    _ labels: [Int], groups: [Int], into count: Int, _ random: inout PythonRandom
  ) -> [[Int]] {
    precondition(labels.count == groups.count, "a group a photo")
    var members = [[Int]](repeating: [], count: (groups.max() ?? -1) + 1)
    for (photo, group) in groups.enumerated() { members[group].append(photo) }
    var groupsOfLabel: [Int: Set<Int>] = [:]
    for (photo, group) in groups.enumerated() {
      groupsOfLabel[labels[photo], default: []].insert(group)
    }
    let free = members.indices.filter { group in
      members[group].allSatisfy { (groupsOfLabel[labels[$0]]?.count ?? 0) > 1 }
    }
    let most = min(count, groupsOfLabel.values.map(\.count).max() ?? 0)
    guard most > 1 else { return [] }
    let folds = StratifiedFolds.split(
      free.map { labels[members[$0][0]] }, into: most, &random
    ).map { fold in fold.map { free[$0] } }
    return folds.map { leavingEveryLabel($0, members, labels, groupsOfLabel) }
      .filter { !$0.isEmpty }.map { fold in fold.flatMap { members[$0] }.sorted() }
  }

  /// The groups of a fold without those that would take the last photos of a label, which groups of several labels could.
  private static func leavingEveryLabel(
    _ fold: [Int], _ members: [[Int]], _ labels: [Int], _ groupsOfLabel: [Int: Set<Int>]
  ) -> [Int] {
    var kept = Set(fold)
    for group in fold {
      let takesAll = members[group].contains { photo in
        (groupsOfLabel[labels[photo]] ?? []).isSubset(of: kept)
      }
      if takesAll { kept.remove(group) }
    }
    return fold.filter(kept.contains)
  }
}
