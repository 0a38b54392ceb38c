internal import Classification
internal import ModelFile

/// What a picture shows.
public struct Answer: Sendable, Equatable {
  /// The best labels on one scale, best first; their scores sum to at most 1.
  public let labels: [ScoredLabel]
  /// Whether no label fits well enough.
  public let isUnknown: Bool
  /// How probable it is that no label fits, 0 to 1; nil where the model cannot say.
  public let unknownScore: Float?
  /// What was odd about the file, a line each.
  public let warnings: [String]

  /// The label that is the answer; nil where none fits.
  public var label: ScoredLabel? { isUnknown ? nil : labels.first }

  init(_ labels: Record.Labels) {
    self.labels = labels.labels.map(ScoredLabel.init)
    isUnknown = labels.isUnknown
    unknownScore = labels.unknownScore
    warnings = labels.warnings
  }
}

/// A label with its score.
public struct ScoredLabel: Sendable, Equatable {
  /// The label.
  public let name: String
  /// How probable it is, 0 to 1.
  public let score: Float
  /// Known or novel.
  public let set: LabelSet
  /// What scored it.
  public let head: Head
  /// By that head, before it became a probability.
  public let logit: Float

  init(_ label: Classification.ScoredLabel) {
    name = label.label
    score = label.score
    set = LabelSet(label.set)
    head = label.head == .fusion ? .fusion : .class
    logit = label.logit
  }
}

/// How a label came into the model.
public enum LabelSet: String, Sendable {
  /// It was learnt from photos.
  case known
  /// By its name alone.
  case novel

  init(_ kind: Manifest.LabelSet.Kind) { self = kind == .known ? .known : .novel }
}

/// What scores a label.
public enum Head: String, Sendable {
  /// Class and representation head together.
  case fusion
  /// The class head alone.
  case `class`
}
