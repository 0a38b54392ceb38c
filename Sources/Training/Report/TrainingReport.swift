/// What a run of training did and how well it did it: everything that `--report` shows.
public struct TrainingReport: Sendable {
  /// One epoch of training.
  public struct Epoch: Sendable {
    /// Mean loss of the epoch's steps.
    public var loss: Double
    /// Means of the four terms: cross entropy by class and by representation features, 1 - cosine to the frozen CLIP of
    /// images and of texts; unweighted.
    public var terms: [Double]
    /// Percent of the epoch's (augmented) shots that fusion gave their label.
    public var accuracy: Double

    /// Records an epoch.
    public init(loss: Double, terms: [Double], accuracy: Double) {
      self.loss = loss
      self.terms = terms
      self.accuracy = accuracy
    }
  }

  /// A way to classify, and how it does on photos that it has not learnt from.
  public struct Contender: Sendable {
    /// What it is, in a few words.
    public var name: String
    /// Percent right of the known labels' held-out photos.
    public var accuracy: Double
    /// Whether it is what was exported.
    public var isExported: Bool

    /// Records a way to classify.
    public init(name: String, accuracy: Double, isExported: Bool = false) {
      self.name = name
      self.accuracy = accuracy
      self.isExported = isExported
    }
  }

  /// A table of a few figures under a heading.
  public struct Figures: Sendable {
    /// The heading.
    public var title: String
    /// What the figures mean, in a sentence or two.
    public var note: String
    /// Names and values, in order.
    public var rows: [[String]]

    /// Makes a table of rows of a name and its value.
    public init(title: String, note: String, rows: [[String]]) {
      self.title = title
      self.note = note
      self.rows = rows
    }
  }

  /// The heading.
  public var title: String
  /// The outcome in a sentence or two.
  public var summary: String
  /// What a person should know before trusting the model; shown first.
  public var warnings: [String]
  /// The epochs, in order; empty where nothing was trained.
  public var epochs: [Epoch]
  /// All ways to classify, side by side.
  public var contenders: [Contender]
  /// The labels, in the order of `scores`.
  public var labels: [String]
  /// Which labels the held-out photos were given.
  public var scores: Scores
  /// Percent right of each label by zero-shot, to compare with; nil where a label has no photo.
  public var zeroShotOfLabels: [Double?]
  /// Base, novel and harmonic mean; int8 against float; settings; provenance.
  public var figures: [Figures]

  /// Gathers a report.
  public init(
    title: String, summary: String, warnings: [String] = [], epochs: [Epoch] = [],
    contenders: [Contender], labels: [String], scores: Scores, zeroShotOfLabels: [Double?],
    figures: [Figures]
  ) {
    precondition(scores.labelCount == labels.count, "one row of the confusion matrix a label")
    precondition(zeroShotOfLabels.count == labels.count, "one zero-shot figure a label")
    self.title = title
    self.summary = summary
    self.warnings = warnings
    self.epochs = epochs
    self.contenders = contenders
    self.labels = labels
    self.scores = scores
    self.zeroShotOfLabels = zeroShotOfLabels
    self.figures = figures
  }
}
