package import Calibration
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

  /// A way to classify, and how it does on photos that it has not learnt from.
  package struct Candidate: Sendable {
    /// What it is, in a few words.
    package var name: String
    /// The share of photos that get their label.
    package var accuracy: Estimate
    /// How the model does beside it; nil for the model.
    package var remark: String?
    /// Whether it is what the model does.
    package var isExported: Bool

    /// A way to classify.
    package init(
      name: String, accuracy: Estimate, remark: String? = nil, isExported: Bool = false
    ) {
      self.name = name
      self.accuracy = accuracy
      self.remark = remark
      self.isExported = isExported
    }
  }

  /// Photos under a heading.
  package struct Gallery: Sendable {
    /// The heading.
    package var heading: String
    /// What the photos have in common, in a sentence or two.
    package var note: String
    /// In rows; without any, the gallery is not shown.
    package var rows: [Row]

    /// Photos that belong together, and what is said about them.
    package struct Row: Sendable {
      /// What is said.
      package var text: String
      /// Each photo as the URI of an `img`, and what it shows.
      package var photos: [(uri: String, caption: String)]

      /// Photos that belong together.
      package init(text: String, photos: [(uri: String, caption: String)]) {
        self.text = text
        self.photos = photos
      }
    }

    /// Photos under a heading.
    package init(heading: String, note: String, rows: [Row]) {
      self.heading = heading
      self.note = note
      self.rows = rows
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

  /// The labels of `scores`, each with how it does beside zero-shot CLIP.
  package struct Label: Sendable {
    /// The label.
    package var name: String
    /// The share of its photos that get it; nil where none was held out.
    package var accuracy: Estimate?
    /// Percent right by zero-shot CLIP, to compare with.
    package var zeroShot: Double?

    /// How a label does.
    package init(name: String, accuracy: Estimate? = nil, zeroShot: Double? = nil) {
      self.name = name
      self.accuracy = accuracy
      self.zeroShot = zeroShot
    }
  }

  /// How far probabilities can be taken for how often they are right.
  package struct Reliability: Sendable {
    /// The expected calibration error.
    package var error: Double
    /// Photos by their best probability, the least sure first.
    package var groups: [Measurement.Reliability]

    /// What was found of photos that were held out.
    package init(error: Double, groups: [Measurement.Reliability]) {
      self.error = error
      self.groups = groups
    }
  }

  /// The heading.
  package var title: String
  /// How often the model will be right, in a sentence.
  package var summary: String
  /// How that is known, whether more photos would help, and the like; a paragraph each.
  package var remarks: [String] = []
  /// What a person should know before trusting the model; shown first.
  package var warnings: [String] = []
  /// All ways to classify, side by side.
  package var candidates: [Candidate] = []
  /// The labels, in the order of `scores`.
  package var labels: [Label]
  /// Which labels the photos that were held out were given.
  package var scores: Scores
  /// What probabilities are worth; nil where too few photos were held out.
  package var reliability: Reliability?
  /// Confusions, mistakes, photos to look at.
  package var galleries: [Gallery] = []
  /// The epochs, in order; empty where nothing was trained.
  package var epochs: [Epoch] = []
  /// Learnt labels and labels by name; int8 against float; settings; provenance.
  package var tables: [Table] = []

  /// A report without its optional parts, which are set one by one.
  ///
  /// - Precondition: `scores` is of as many labels as `labels`.
  package init(title: String, summary: String, labels: [Label], scores: Scores) {
    precondition(scores.labelCount == labels.count, "one row of the confusion matrix a label")
    self.title = title
    self.summary = summary
    self.labels = labels
    self.scores = scores
  }
}
