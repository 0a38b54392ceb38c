internal import Inference
package import ModelFile

/// Which label sets to score.
package enum LabelSelection: String, Sendable, CaseIterable {
  /// Those trained on, by the fusion of both heads.
  case known
  /// Those not trained on, by the class head.
  case novel
  /// Both, side by side.
  case all

  /// The kinds of sets that it selects.
  package var kinds: [Manifest.LabelSet.Kind] {
    switch self {
    case .known: [.known]
    case .novel: [.novel]
    case .all: [.known, .novel]
    }
  }
}

/// A label set, and the head that scores it.
package struct LabelSet: Sendable, Equatable {
  /// Known or novel.
  package var kind: Manifest.LabelSet.Kind
  /// In the model's order, which is that of the scores.
  package var labels: [String]
  /// What scores them.
  package var head: Head

  /// A set of labels.
  package init(kind: Manifest.LabelSet.Kind, labels: [String], head: Head) {
    self.kind = kind
    self.labels = labels
    self.head = head
  }

  /// The sets of a model that a selection names.
  static func all(
    of engine: Engine, _ selection: LabelSelection
  ) throws(MissingLabels) -> [LabelSet] {
    let manifest = engine.manifest
    guard !manifest.labelSets.isEmpty else { throw .any }
    let found = selection.kinds.compactMap(manifest.labelSet)
    guard !found.isEmpty else { throw .selected(selection) }
    return found.map { set in
      LabelSet(
        kind: set.kind, labels: set.labels,
        head: engine.scoresByFusion(set.kind) ? .fusion : .class)
    }
  }
}

/// A model does not have the labels asked for.
package enum MissingLabels: Error, Equatable, CustomStringConvertible {
  /// It has none at all.
  case any
  /// It has none of this kind.
  case selected(LabelSelection)

  /// One line for a person.
  package var description: String {
    switch self {
    case .any: "the model has no labels to choose from"
    case .selected(let selection):
      "the model has no \(selection.kinds.map(\.rawValue).joined(separator: " or ")) labels"
    }
  }
}
