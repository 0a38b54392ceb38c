internal import Basics
package import ModelFile
internal import Tokenization

/// What was found in one image or frame, or why it could not be classified.
///
/// The same value goes to the terminal, to files, to the page and to commands.
package struct Record: Sendable, Equatable {
  /// Where the image is from.
  package var origin: Origin
  /// What came of it.
  package var outcome: Outcome

  /// A record of an image.
  package init(origin: Origin, outcome: Outcome) {
    self.origin = origin
    self.outcome = outcome
  }

  /// Whether there are no labels.
  package var isFailure: Bool {
    if case .failure = outcome { true } else { false }
  }

  /// Where an image is from.
  package enum Origin: Sendable, Equatable {
    /// A file, by its path as given or found.
    case file(String)
    /// A file that came without a name.
    case bytes
    /// A camera or stream.
    case frame(Frame)
  }

  /// What is known of a frame besides its labels.
  package struct Frame: Sendable, Equatable {
    /// What the user calls the camera or stream.
    package var source: String
    /// Its number, as the driver or the stream counts.
    package var sequence: Int
    /// When it was captured.
    package var captured: WallTime
    /// Its place in a recording, in seconds from the start; nil in what has no clock of its own.
    package var position: Double?
    /// From capture to result, in milliseconds.
    package var ageMilliseconds: Double
    /// Frames of this source that passed unclassified since the record before.
    package var dropped: Int
    /// What went wrong with the source since its start, by kind; none that is zero.
    package var faults: [FaultCount]
    /// What was odd about frames that were shown all the same, likewise.
    package var oddities: [FaultCount]

    /// A frame of a source.
    package init(
      source: String, sequence: Int, captured: WallTime, position: Double? = nil,
      ageMilliseconds: Double, dropped: Int, faults: [FaultCount], oddities: [FaultCount] = []
    ) {
      self.source = source
      self.sequence = sequence
      self.captured = captured
      self.position = position
      self.ageMilliseconds = ageMilliseconds
      self.dropped = dropped
      self.faults = faults
      self.oddities = oddities
    }
  }

  /// How often a kind of fault occurred.
  package struct FaultCount: Sendable, Equatable {
    /// The fault, in a word.
    package var kind: String
    /// More than zero.
    package var count: Int

    /// A count of a kind.
    package init(kind: String, count: Int) {
      self.kind = kind
      self.count = count
    }
  }

  /// What came of an image.
  package enum Outcome: Sendable, Equatable {
    /// The best labels.
    case labels(Labels)
    /// Why there are none.
    case failure(String)
  }

  /// The best labels of an image.
  package struct Labels: Sendable, Equatable {
    /// Of all sets on one scale, best first.
    package var labels: [ScoredLabel]
    /// Whether no label fits well enough.
    package var isUnknown: Bool
    /// How probable it is that no label fits, 0 to 1; nil where the model cannot say.
    package var unknownScore: Float?
    /// How probable it is that a known label is shown, if any is; nil unless it was asked for.
    package var knownProbability: Float?
    /// Time of the forward pass, shared out evenly over the images of a batch.
    package var milliseconds: Double
    /// What the decoder had to say.
    package var warnings: [String]
    /// The unit class feature, `[E]`, which is no part of the record's text; nil unless it was asked for.
    package var feature: [Float]?

    /// Labels, and how they came about.
    package init(
      labels: [ScoredLabel], isUnknown: Bool = false, unknownScore: Float? = nil,
      knownProbability: Float? = nil, milliseconds: Double, warnings: [String] = []
    ) {
      self.labels = labels
      self.isUnknown = isUnknown
      self.unknownScore = unknownScore
      self.knownProbability = knownProbability
      self.milliseconds = milliseconds
      self.warnings = warnings
    }

    /// What the image shows.
    package var answer: Answer {
      guard !isUnknown, let best = labels.first else { return .unknown(unknownScore) }
      return .label(best)
    }
  }
}

/// What an image shows.
package enum Answer: Sendable, Equatable {
  /// The best label.
  case label(ScoredLabel)
  /// None of the labels, with the unknown score; nil where the model has none.
  case unknown(Float?)

  /// The label, or `unknown`.
  package var text: String {
    switch self {
    case .label(let scored): scored.label
    case .unknown: Self.unknownText
    }
  }

  /// The label's score, or the unknown score, for other programs; nil where there is none.
  package var scoreText: String? {
    switch self {
    case .label(let scored): Self.text(ofScore: scored.score)
    case .unknown(let score): score.map(Self.text)
    }
  }

  /// A score for other programs.
  package static func text(ofScore score: Float) -> String { Decimal.fixed(Double(score), 4) }

  /// What stands where no label fits.
  package static let unknownText = ReservedName.unknown
}

/// A label with its score among all labels.
package struct ScoredLabel: Sendable, Equatable {
  /// The label.
  package var label: String
  /// The set it is of.
  package var set: Manifest.LabelSet.Kind
  /// What scored it.
  package var head: Head
  /// How probable the label is; averaged over time where that was asked for.
  package var score: Float
  /// By the head that scores the label.
  package var logit: Float
  /// By the class head.
  package var classLogit: Float
  /// By the representation head; nil of a novel label, and without such a head.
  package var representationLogit: Float?

  /// A label of a set.
  package init(
    label: String, set: Manifest.LabelSet.Kind, head: Head, score: Float, logit: Float,
    classLogit: Float, representationLogit: Float? = nil
  ) {
    self.label = label
    self.set = set
    self.head = head
    self.score = score
    self.logit = logit
    self.classLogit = classLogit
    self.representationLogit = representationLogit
  }
}

/// What scores the labels of a set.
package enum Head: String, Sendable {
  /// Class and representation head together.
  case fusion
  /// The class head alone.
  case `class`
}
