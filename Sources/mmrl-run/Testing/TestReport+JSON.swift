import Calibration
import Classification
import ModelFile

extension TestReport {
  /// One JSON object; shares are 0 to 1, what there is none of is null.
  var json: String {
    Self.object([
      ("model", Record.quoted(model)), ("folder", Record.quoted(folder)), ("images", counts),
      ("joint", accuracies(\.joint, mean: figures.jointMean)),
      ("in_set", accuracies(\.inSet, mean: figures.inSetMean)),
      ("openworld_auc", Self.number(figures.openworld)), ("calibration", calibration),
      ("unknown", unknown), ("labels", Self.array(figures.labels.map(Self.label))),
      ("confusions", Self.array(figures.confusions.map(Self.confusion))),
    ])
  }

  private var counts: String {
    Self.object([
      ("labels", "\(imagesOfLabels)"), ("none", "\(imagesOfNone)"), ("failed", "\(failed)"),
    ])
  }

  private static func label(_ label: TestFigures.OfLabel) -> String {
    object([
      ("label", Record.quoted(label.label.name)),
      ("set", Record.quoted(label.label.set.rawValue)), ("joint", share(label.accuracy.joint)),
      ("in_set", share(label.accuracy.inSet)),
    ])
  }

  private static func confusion(_ confusion: TestFigures.Confusion) -> String {
    object([
      ("truth", confusion.truth.map { Record.quoted($0.name) } ?? "null"),
      ("answer", confusion.answer.map { Record.quoted($0.name) } ?? "null"),
      ("count", "\(confusion.count)"),
    ])
  }

  private func accuracies(
    _ which: (TestFigures.Accuracy) -> Proportion, mean: Double?
  ) -> String {
    Self.object([
      ("all", Self.share(figures.all.map(which))), ("known", Self.share(figures.known.map(which))),
      ("novel", Self.share(figures.novel.map(which))), ("harmonic_mean", Self.number(mean)),
    ])
  }

  private var calibration: String {
    guard let reliability = figures.reliability else { return "null" }
    return Self.object([
      ("expected_error", Self.number(reliability.expectedError)),
      (
        "deciles",
        Self.array(
          reliability.deciles.map { group in
            Self.object([("score", Self.number(group.score)), ("right", Self.share(group.right))])
          })
      ),
    ])
  }

  private var unknown: String {
    let unknowns = figures.unknowns
    return Self.object([
      ("threshold_known", Self.number(threshold.known.map(Double.init))),
      ("threshold_novel", Self.number(threshold.novel.map(Double.init))),
      ("refused", Self.share(unknowns.refusedLabels)),
      ("refused_none", Self.share(unknowns.refusedOthers)),
      ("auroc", Self.number(unknowns.separation?.area)),
      ("fpr95", Self.share(unknowns.separation?.falsePositives)),
    ])
  }

  private static func object(_ members: [(name: String, value: String)]) -> String {
    "{" + members.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}"
  }

  private static func array(_ elements: [String]) -> String {
    "[" + elements.joined(separator: ", ") + "]"
  }

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "null" }

  private static func share(_ share: Proportion?) -> String {
    guard let share else { return "null" }
    return object([
      ("count", "\(share.count)"), ("of", "\(share.total)"), ("share", number(share.share)),
      ("low", number(share.interval.lowerBound)), ("high", number(share.interval.upperBound)),
    ])
  }
}
