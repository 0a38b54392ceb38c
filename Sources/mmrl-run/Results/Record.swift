/// One line of the result: what a picture shows, or why it could not be classified.
struct Record {
  /// Where the picture is from: columns in their order; files have one, `path`.
  var origin: [Field]
  var outcome: Outcome

  var isFailure: Bool {
    if case .failure = outcome { true } else { false }
  }

  enum Outcome {
    /// The best labels of each set that was asked for.
    case labels(Classification)
    /// Why there are none.
    case failure(String)
  }

  /// The best labels of a picture.
  struct Classification {
    /// One for each label set, each best first; sets do not share a scale.
    var groups: [[ScoredLabel]]
    /// Time of the forward pass, shared out evenly over the pictures of a batch.
    var milliseconds: Double
    /// What the decoder had to say.
    var warnings: [String]
  }

  /// A named value.
  struct Field {
    var name: String
    var value: Value

    init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  enum Value {
    case text(String)
    case integer(Int)
    /// A number with a fixed count of decimals.
    case number(Double, decimals: Int)
    /// Named counts; those that are zero are left out.
    case counts([(name: String, count: Int)])
  }
}

/// A label with its score among the labels of its set.
struct ScoredLabel {
  var label: String
  /// `known` or `novel`.
  var set: String
  /// The head that scored it: `fusion` or `class`.
  var head: String
  /// Softmax over the set.
  var score: Float
  var logit: Float
}
