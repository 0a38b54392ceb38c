import Calibration
import Basics
package import Training

/// What a measurement tells a person, in sentences.
package struct Findings: Sendable {
  /// How it was measured.
  package enum Source: Sendable {
    /// By holding out photos in turn.
    case crossValidation(CrossValidation)
    /// On the validation photos of a published split.
    case validationPhotos
  }

  /// What was measured.
  package let measurement: Measurement
  /// How.
  package let source: Source
  /// Of the measurement.
  package let labels: [String]

  /// Puts what is to be told together.
  ///
  /// - Precondition: at least one photo was held out.
  package init(_ measurement: Measurement, _ source: Source, labels: [String]) {
    self.measurement = measurement
    self.source = source
    self.labels = labels
  }

  /// How often the model will be right.
  package var headline: String {
    guard let own = measurement.accuracy(measurement.shipped) else { return "" }
    return
      "about \(Self.percent(own.value)) of new photos of the learnt labels will get their label "
      + "(90 % interval: \(Self.range(own.interval)))"
  }

  /// How that is known, and what it leaves out.
  package var method: String {
    let photos = measurement.measured.count
    let different = measurement.independent()
    let counted =
      different == photos
      ? "\(photos) photos" : "\(photos) photos (\(different) that are not nearly the same)"
    switch source {
    case .crossValidation(let validation):
      return
        "measured by \(validation.folds.count)-fold cross-validation of \(counted): each was "
        + "classified by a model that had not seen it, nor a near-duplicate of it; these had fewer "
        + "photos to learn from than the model that is written, which is likely better, by some "
        + "points where labels have few photos"
    case .validationPhotos: return "measured on \(counted) that the split keeps for validation"
    }
  }

  /// What does better than what ships, beyond chance.
  package var warnings: [String] {
    measurement.candidates.dropLast().compactMap { other in
      guard let gain = measurement.difference(other, measurement.shipped), gain.interval.low > 0
      else { return nil }
      return
        "the model loses to \(other.name), which is right more often by "
        + "\(Self.points(gain.value)) points (90 % interval: \(Self.points(gain.interval.low)) to "
        + "\(Self.points(gain.interval.high)))"
    }
  }

  /// All ways to classify, what ships last.
  package var comparison: [TrainingReport.Candidate] {
    measurement.candidates.enumerated().compactMap { index, candidate in
      guard let own = measurement.accuracy(candidate) else { return nil }
      let isExported = index == measurement.candidates.count - 1
      let gain = isExported ? nil : measurement.difference(measurement.shipped, candidate)
      return TrainingReport.Candidate(
        name: candidate.name, accuracy: own,
        remark: gain.map(Self.remark), isExported: isExported)
    }
  }

  /// How the model does beside another way to classify, by how much it is right more often.
  private static func remark(_ gain: Estimate) -> String {
    let isChance = gain.interval.low <= 0 && gain.interval.high >= 0
    return
      "the model does \(points(abs(gain.value))) points \(gain.value < 0 ? "worse" : "better") "
      + "(\(points(gain.interval.low)) to \(points(gain.interval.high))"
      + (isChance ? "; that may be chance)" : ")")
  }

  /// Learnt labels whose photos were never held out.
  package var unmeasured: [String] {
    guard case .crossValidation = source else { return [] }
    let measured = Set(measurement.measured.map { measurement.photos[$0].label })
    return labels.indices.filter { !measured.contains($0) }.map { labels[$0] }
  }

  /// The labels that do worse than all together and are wrong for a third or more, the worst first: right, of how many.
  package var weakLabels: [(label: String, right: Int, photos: Int)] {
    let scores = measurement.scores(measurement.shipped)
    return labels.indices.compactMap { label in
      let row = scores.confusion[label * labels.count..<(label + 1) * labels.count]
      let (right, photos) = (row[row.startIndex + label], row.reduce(0, +))
      let isWeak =
        photos > 1 && 3 * right <= 2 * photos && right * scores.total < scores.correct * photos
      return isWeak ? (labels[label], right, photos) : nil
    }.sorted { $0.right * $1.photos < $1.right * $0.photos }
  }

  /// A photo that was given another label.
  package struct Mistake: Sendable {
    /// Of the measurement's photos.
    package var photo: Int
    /// The label that it was given.
    package var given: Int
    /// The probability of that label, and of its own.
    package var probability: (given: Double, own: Double)
  }

  /// The photos that were given another label, the surest first.
  package var mistakes: [Mistake] {
    let probabilities = measurement.probabilities(measurement.shipped)
    let mistakes = measurement.measured.compactMap { photo -> Mistake? in
      guard let row = probabilities[photo], let largest = row.max(),
        let given = row.firstIndex(of: largest)
      else { return nil }
      let own = measurement.photos[photo].label
      return own == given
        ? nil : Mistake(photo: photo, given: given, probability: (largest, row[own]))
    }
    return mistakes.sorted {
      ($1.probability.given, $0.photo) < ($0.probability.given, $1.photo)
    }
  }

  /// Photos that may lie in the wrong folder: everything that has learnt from the others gives them the same other label, which
  /// is twenty times as likely as theirs.
  ///
  /// What does worse than the model beyond chance has no say.
  package var suspects: [Mistake] {
    let learnt = measurement.candidates.dropFirst().filter { other in
      measurement.difference(measurement.shipped, other).map { $0.interval.low <= 0 } ?? false
    }.map(\.outOfFold)
    return mistakes.filter { mistake in
      mistake.probability.given >= 20 * mistake.probability.own
        && learnt.allSatisfy { logits in
          logits[mistake.photo].map { $0.firstIndex(of: $0.max() ?? 0) } == mistake.given
        }
    }
  }

  /// Groups of photos that are nearly the same and have different labels.
  package var duplicatesAcrossLabels: [[Int]] {
    let groups = Dictionary(grouping: measurement.photos.indices) { measurement.groups[$0] }
    return groups.sorted { $0.key < $1.key }.map(\.value).filter { group in
      Set(group.map { measurement.photos[$0].label }).count > 1
    }
  }

  /// Whether more photos would help; nil where that was not measured.
  package var morePhotos: String? {
    guard case .crossValidation(let validation) = source,
      let half = measurement.accuracy(validation.curve.half),
      let all = measurement.accuracy(validation.curve.all),
      let gain = measurement.difference(validation.curve.all, validation.curve.half)
    else { return nil }
    let verdict =
      if gain.interval.low > 0 { "more photos will help" } else if gain.interval.high < 0.05 {
        "more photos of the same kind would help little"
      } else { "whether more photos would help cannot be told from so few" }
    return
      "\(verdict): the discriminant of the frozen features alone is right for "
      + "\(Self.percent(half.value)) after half of the photos and for \(Self.percent(all.value)) "
      + "after all (\(Self.points(gain.value)) points, 90 % interval: "
      + "\(Self.points(gain.interval.low)) to \(Self.points(gain.interval.high)))"
  }

  static func percent(_ share: Double) -> String { Decimal.fixed(100 * share, 0) + " %" }

  static func range(_ interval: Interval) -> String {
    "\(Decimal.fixed(100 * interval.low, 0)) to \(Decimal.fixed(100 * interval.high, 0)) %"
  }

  private static func points(_ difference: Double) -> String { Decimal.fixed(100 * difference, 0) }
}
