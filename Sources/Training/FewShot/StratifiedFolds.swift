import FloatMath

/// Deals shots out to parts that are held out one after the other.
enum StratifiedFolds {
  /// Indices of the photos of each part, sorted.
  ///
  /// Every label's photos are spread over the parts as evenly as they go. Labels begin with different parts, so that the parts
  /// are of about one size and a part takes few photos of a label along. A label's only photo is in no part, since it has to be
  /// learnt from.
  ///
  /// - Parameters:
  ///   - labels: of the photos.
  ///   - count: parts, at least 2.
  ///   - random: shuffles the photos.
  /// - Returns: the parts that are not empty; none where no label has two photos.
  static func deal(_ labels: [Int], into count: Int, _ random: inout PythonRandom) -> [[Int]] {
    var order = Array(labels.indices)
    random.shuffle(&order)
    var photos: [Int: Int] = [:]
    for label in labels { photos[label, default: 0] += 1 }
    var dealt: [Int: Int] = [:]
    var parts = [[Int]](repeating: [], count: count)
    for photo in order where photos[labels[photo], default: 0] > 1 {
      let turn = dealt[labels[photo], default: 0]
      dealt[labels[photo]] = turn + 1
      parts[(turn + labels[photo]) % count].append(photo)
    }
    return parts.filter { !$0.isEmpty }.map { $0.sorted() }
  }
}
