internal import ModelFile

/// Which of a classifier's labels count, and below which score none is answered: for one of several sources.
package struct LabelChoice: Sendable, Equatable {
  /// The labels that count.
  package let sets: [LabelSet]
  /// Their places among those of each kind.
  private let known: [Int]
  private let novel: [Int]
  fileprivate let threshold: UnknownThreshold

  /// A choice among the labels of some sets.
  ///
  /// - Parameters:
  ///   - names: those that count; what the sets do not have is left out, and all count where nothing is left.
  ///   - thresholds: scores below which labels are not answered; the last one of a label counts.
  ///   - sets: known labels before novel ones.
  ///   - usual: thresholds of all the sets' labels.
  init(
    _ names: [String], thresholds: [(label: String, score: Float)], among sets: [LabelSet],
    _ usual: UnknownThreshold
  ) {
    var all = usual
    for (label, score) in thresholds {
      for place in sets.places(of: label) { all.labels[place] = score }
    }
    var places = Set(names.flatMap { sets.places(of: $0) })
    if places.isEmpty { places = Set(sets.flatMap(\.labels).indices) }
    let chosen = places.sorted()
    let boundary = sets.first { $0.kind == .known }?.labels.count ?? 0
    known = chosen.filter { $0 < boundary }
    novel = chosen.filter { $0 >= boundary }.map { $0 - boundary }
    let kept = (known: known, novel: novel)
    self.sets = sets.compactMap { set in
      let places = set.kind == .known ? kept.known : kept.novel
      guard !places.isEmpty else { return nil }
      return LabelSet(kind: set.kind, labels: places.map { set.labels[$0] }, head: set.head)
    }
    var threshold = usual
    threshold.labels = [:]
    for (place, old) in chosen.enumerated() { threshold.labels[place] = all.labels[old] }
    self.threshold = threshold
  }

  /// The scores of an image whose evidence is about all labels, as if there were no others than the chosen ones.
  func scores(_ evidence: Evidence, by rule: AnswerRule) -> ImageScores {
    func chosen(_ logits: [Float], _ places: [Int]) -> [Float] { places.map { logits[$0] } }
    let part = Evidence(
      known: chosen(evidence.known, known), knownClass: chosen(evidence.knownClass, known),
      knownRepresentation: evidence.knownRepresentation.map { chosen($0, known) },
      novel: chosen(evidence.novel, novel), words: evidence.words,
      distance: known.isEmpty ? nil : evidence.distance)
    return ImageScores(sets, part, by: rule, threshold: threshold)
  }
}
