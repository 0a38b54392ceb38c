package import FloatMath

/// Stratified k-folds: photos in folds that have every label's photos in about equal numbers, each fold to be held out in
/// turn.
package enum StratifiedFolds {
  /// Indices of the photos of each fold, sorted.
  ///
  /// Labels begin with different folds, so that the folds are of about one size and a fold has few photos of each label. A
  /// label's only photo is in no fold, since it has to be learnt from.
  ///
  /// - Parameters:
  ///   - labels: of the photos.
  ///   - count: folds, at least 2.
  ///   - random: shuffles the photos.
  /// - Returns: the folds that are not empty; none where no label has two photos.
  package static func split(
    _ labels: [Int], into count: Int, _ random: inout PythonRandom
  ) -> [[Int]] {
    var order = Array(labels.indices)
    random.shuffle(&order)
    var photos: [Int: Int] = [:]
    for label in labels { photos[label, default: 0] += 1 }
    var placed: [Int: Int] = [:]
    var folds = [[Int]](repeating: [], count: count)
    for photo in order where photos[labels[photo], default: 0] > 1 {
      let before = placed[labels[photo], default: 0]
      placed[labels[photo]] = before + 1
      folds[(before + labels[photo]) % count].append(photo)
    }
    return folds.filter { !$0.isEmpty }.map { $0.sorted() }
  }
}
