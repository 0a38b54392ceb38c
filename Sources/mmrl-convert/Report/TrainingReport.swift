package import Training

/// What a training did and how well it did it: all that `--report` shows.
package struct TrainingReport: Sendable {
  /// One epoch of training.
  package struct Epoch: Sendable {
    /// Mean loss of the epoch's steps.
    package var loss: Double
    /// Means of the loss's terms without their weights, by name.
    package var terms: [(name: String, value: Double)]
    /// Percent of the epoch's (augmented) shots that fusion gave their label.
    package var accuracy: Double

    /// What an epoch came to.
    package init(loss: Double, terms: [(name: String, value: Double)], accuracy: Double) {
      self.loss = loss
      self.terms = terms
      self.accuracy = accuracy
    }
  }

  /// A way to classify, and how it does on the validation photos.
  package struct Candidate: Sendable {
    /// What it is, in a few words.
    package var name: String
    /// Percent of the validation photos that get their label.
    package var accuracy: Double
    /// Whether it is what the model does.
    package var isExported: Bool

    /// A way to classify.
    package init(name: String, accuracy: Double, isExported: Bool = false) {
      self.name = name
      self.accuracy = accuracy
      self.isExported = isExported
    }
  }

  /// A table of a few figures under a heading.
  package struct Table: Sendable {
    /// The heading.
    package var heading: String
    /// What the figures mean, in a sentence or two.
    package var note: String
    /// Names and values, in order; without any, the table is not shown.
    package var rows: [(name: String, value: String)]

    /// Figures under a heading.
    package init(heading: String, note: String, rows: [(name: String, value: String)]) {
      self.heading = heading
      self.note = note
      self.rows = rows
    }
  }

  /// The heading.
  package var title: String
  /// The outcome in a sentence or two.
  package var summary: String
  /// What a person should know before trusting the model; shown first.
  package var warnings: [String] = []
  /// The epochs, in order; empty where nothing was trained.
  package var epochs: [Epoch] = []
  /// All ways to classify, side by side.
  package var candidates: [Candidate] = []
  /// The labels, in the order of `scores`.
  package var labels: [String]
  /// Which labels the validation photos were given.
  package var scores: Scores
  /// Percent right of each label by zero-shot CLIP, to compare with; nil where a label has no photo.
  package var zeroShotOfLabels: [Double?]
  /// Known and novel labels; int8 against float; settings; provenance.
  package var tables: [Table] = []

  /// A report without its optional parts, which are set one by one.
  ///
  /// - Precondition: `scores` and `zeroShotOfLabels` are of as many labels as `labels`.
  package init(
    title: String, summary: String, labels: [String], scores: Scores, zeroShotOfLabels: [Double?]
  ) {
    precondition(scores.labelCount == labels.count, "one row of the confusion matrix a label")
    precondition(zeroShotOfLabels.count == labels.count, "one zero-shot figure a label")
    self.title = title
    self.summary = summary
    self.labels = labels
    self.scores = scores
    self.zeroShotOfLabels = zeroShotOfLabels
  }
}
