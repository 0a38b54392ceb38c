import Basics
package import Imaging
import Training

/// The photos that a report shows: confusions, mistakes, and what a person should look at.
package struct Galleries {
  private let findings: Findings
  private let crop: (Int) throws -> Image

  /// At most so many rows of each gallery.
  private static let limit = 12

  /// Of findings.
  ///
  /// - Parameters:
  ///   - findings: what was found.
  ///   - crop: gives a photo of the measurement.
  package init(_ findings: Findings, crop: @escaping (Int) throws -> Image) {
    self.findings = findings
    self.crop = crop
  }

  /// All of them, empty ones too.
  package var all: [TrainingReport.Gallery] {
    get throws {
      [
        TrainingReport.Gallery(
          heading: "Most frequent confusions",
          note:
            "A photo of the first label that was given the second, beside a photo of the second.",
          rows: try confusions),
        TrainingReport.Gallery(
          heading: "Worst mistakes",
          note: "Photos that were given another label although they had not been learnt from; the "
            + "surest mistakes first.",
          rows: try findings.mistakes.prefix(Self.limit).map { try row($0) }),
        TrainingReport.Gallery(
          heading: "Look at these",
          note:
            "They may lie in the wrong folder: everything that has learnt from the other photos "
            + "says so.",
          rows: try findings.suspects.prefix(Self.limit).map { try row($0) }),
        TrainingReport.Gallery(
          heading: "Nearly the same under different labels",
          note: "A label cannot be learnt from photos that are another label's too.",
          rows: try findings.duplicatesAcrossLabels.prefix(Self.limit).map(duplicates)),
      ]
    }
  }

  private var confusions: [TrainingReport.Gallery.Row] {
    get throws {
      let measurement = findings.measurement
      return try measurement.scores(measurement.shipped).confusions(8).map { confusion in
        let (label, given) = (findings.labels[confusion.label], findings.labels[confusion.given])
        let mistaken = findings.mistakes.first {
          measurement.photos[$0.photo].label == confusion.label && $0.given == confusion.given
        }
        let other = measurement.photos.firstIndex { $0.label == confusion.given }
        return TrainingReport.Gallery.Row(
          text: "\(label) → \(given): \(confusion.photos)",
          photos: try [mistaken?.photo, other].compactMap { try $0.map(shown) })
      }
    }
  }

  private func row(_ mistake: Findings.Mistake) throws -> TrainingReport.Gallery.Row {
    let photo = findings.measurement.photos[mistake.photo]
    return TrainingReport.Gallery.Row(
      text: "\(photo.path): \(findings.labels[mistake.given]) "
        + "\(Findings.percent(mistake.probability.given)), \(findings.labels[photo.label]) "
        + Findings.percent(mistake.probability.own),
      photos: [try shown(mistake.photo)])
  }

  private func duplicates(_ group: [Int]) throws -> TrainingReport.Gallery.Row {
    // One of each label, then others up to four.
    var seen: Set<Int> = []
    let first = group.filter { seen.insert(findings.measurement.photos[$0].label).inserted }
    let some = (first + group.filter { !first.contains($0) }).prefix(4)
    return TrainingReport.Gallery.Row(
      text: group.map { findings.measurement.photos[$0].path }.joined(separator: ", "),
      photos: try some.map(shown))
  }

  private func shown(_ photo: Int) throws -> (uri: String, caption: String) {
    (
      try Thumbnail.dataURI(of: try crop(photo)),
      findings.labels[findings.measurement.photos[photo].label]
    )
  }
}
