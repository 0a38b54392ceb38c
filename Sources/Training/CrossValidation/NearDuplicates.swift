package import FloatMath

/// Photos that are nearly the same: frames of one event, one object from one place.
///
/// What is learnt from one of them knows the others already, so they stay in one fold and count as one photo.
package enum NearDuplicates {
  /// Centred features whose cosine is above this belong to photos that are nearly the same.
  ///
  /// Features of a CLIP lie in a narrow cone; without their mean, a cosine says much the same for every checkpoint. Of the
  /// 28,680 pairs of 240 photos of Caltech-101, one is above this by a ViT-S/14 and three by the small CLIP of this
  /// repository. Of photos and copies of them that are cut at the edges by 4 to 8 %, turned by 3 degrees, brighter or
  /// compressed to nearly nothing, more than three in four are.
  package static let leastCosine: Float = 0.92

  /// The group of each photo, counted from 0 in the order of the groups' first photos.
  ///
  /// A photo is in a group if it is nearly the same as any photo of it.
  ///
  /// - Parameters:
  ///   - features: `[N, E]`, unit length, by the frozen CLIP.
  ///   - leastCosine: above it, two photos are nearly the same, by features without their mean.
  /// - Returns: `[N]`.
  package static func groups(
    of features: Matrix, leastCosine: Float = NearDuplicates.leastCosine
  ) -> [Int] {
    let count = features.rows
    guard count > 1 else { return Array(0..<count) }
    var mean = features.columnSums
    mean.scale(by: 1 / Float(count))
    var centred = features
    centred.add(mean.gathering(rows: [Int](repeating: 0, count: count)), scale: -1)
    let features = UnitRows(centred).rows
    var parents = Array(0..<count)
    func root(_ photo: Int) -> Int {
      var photo = photo
      while parents[photo] != photo {
        parents[photo] = parents[parents[photo]]
        photo = parents[photo]
      }
      return photo
    }
    // Some rows at a time: all cosines of many thousand photos would not fit.
    for start in stride(from: 0, to: count, by: 512) {
      let rows = start..<min(start + 512, count)
      let cosines = Matrix.product(features[rows: rows], .plain, features, .transposed).elements
      for photo in rows {
        for other in 0..<photo where cosines[(photo - start) * count + other] > leastCosine {
          // The smaller index stays the root, so groups are counted in the order of their first photos.
          let (a, b) = (root(photo), root(other))
          parents[max(a, b)] = min(a, b)
        }
      }
    }
    var numbers: [Int: Int] = [:]
    return (0..<count).map { photo in
      let root = root(photo)
      let number = numbers[root] ?? numbers.count
      numbers[root] = number
      return number
    }
  }
}
