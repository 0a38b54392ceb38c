package import Calibration
internal import ModelFile

/// How well a score tells images of labels from images of other things.
package struct Separation: Sendable, Equatable {
  /// The probability that an image of something else has a higher score than one of a label: area under the ROC curve,
  /// equal scores counted half.
  package var area: Double
  /// The share of images of other things that are taken for a label where 95 % of the images of labels are.
  package var falsePositives: Proportion

  /// Compares scores; nil unless there are both.
  package init?(labels: [Float], others: [Float]) {
    let labels = labels.sorted()
    guard !labels.isEmpty,
      let falsePositives = Proportion(
        of: others,
        where: { $0 <= labels[Int((0.95 * Double(labels.count)).rounded(.up)) - 1] })
    else { return nil }
    self.falsePositives = falsePositives
    let below = others.reduce(0.0) { sum, score in
      let less = labels.partition { $0 >= score }
      let lessOrEqual = labels.partition { $0 > score }
      return sum + Double(less + lessOrEqual) / 2
    }
    area = below / Double(labels.count) / Double(others.count)
  }
}

/// OpenworldAUC (Hua et al., ICML 2025): the share of pairs of a known and a novel image in which the known image's gate is the higher
/// one and both are right within their sets.
///
/// - Returns: nil unless there are images of both.
package func openworldAUC(_ images: [TestedImage]) -> Double? {
  let known = images.filter { $0.truth?.set == .known }
  let novel = images.filter { $0.truth?.set == .novel }
  guard !known.isEmpty, !novel.isEmpty else { return nil }
  let gates = novel.filter(\.isRightInSet).map(\.knownProbability).sorted()
  let pairs = known.filter(\.isRightInSet).reduce(0) { sum, image in
    sum + gates.partition { $0 >= image.knownProbability }
  }
  return Double(pairs) / Double(known.count) / Double(novel.count)
}

extension [Float] {
  /// The first index from which on a condition holds, of ascending numbers.
  fileprivate func partition(_ holds: (Float) -> Bool) -> Int {
    var range = 0..<count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = holds(self[middle]) ? range.lowerBound..<middle : middle + 1..<range.upperBound
    }
    return range.lowerBound
  }
}
