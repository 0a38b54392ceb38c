import FloatMath
public import Training

/// Which half of the labels a base-to-novel protocol looks at.
public enum LabelHalf: String, Sendable, CaseIterable {
  /// The first half, rounded up: seen in training.
  case base
  /// The second half: never seen in training.
  case novel
}

extension PhotoSet {
  /// The set with at most `count` training photos of a label, drawn as the published code draws them.
  ///
  /// Python's `random` is seeded; labels come in the order of their first photo, all photos of a label are taken where there
  /// are fewer than `count`; training shots are drawn first, then validation shots, at most 4 of a label. Draw before taking
  /// a half of the labels, or the draws differ.
  public func shots(_ count: Int, seed: Int) -> PhotoSet {
    var random = PythonRandom(seed: seed)
    var drawn = self
    drawn.train = PhotoSet.draw(count, from: train, &random)
    drawn.validation = PhotoSet.draw(min(count, 4), from: validation, &random)
    return drawn
  }

  private static func draw(_ count: Int, from photos: [Photo], _ random: inout PythonRandom)
    -> [Photo]
  {
    var order: [Int] = []
    var ofLabel: [Int: [Photo]] = [:]
    for photo in photos {
      if ofLabel[photo.label] == nil { order.append(photo.label) }
      ofLabel[photo.label, default: []].append(photo)
    }
    return order.flatMap { label in
      let all = ofLabel[label] ?? []
      return all.count < count ? all : random.sample(all, count)
    }
  }

  /// One half of the labels, relabelled from 0.
  ///
  /// The labels that occur in `train`, sorted by index: the first half, rounded up, is base. Photos of other labels go.
  public func half(_ half: LabelHalf) -> PhotoSet {
    let present = Set(train.map(\.label)).sorted()
    let middle = (present.count + 1) / 2
    let chosen = half == .base ? present[..<middle] : present[middle...]
    let renumbered = Dictionary(
      uniqueKeysWithValues: chosen.enumerated().map { ($0.element, $0.offset) })
    func keep(_ photos: [Photo]) -> [Photo] {
      photos.compactMap { photo in
        renumbered[photo.label].map { Photo(path: photo.path, label: $0) }
      }
    }
    return PhotoSet(
      labels: chosen.map { labels[$0] }, train: keep(train), validation: keep(validation),
      test: keep(test))
  }
}
