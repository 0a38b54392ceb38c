extension Manifest {
  /// How the logits of both heads become one answer; `Classification/ANSWER.md` has the formulas.
  public struct Answer: Codable, Sendable, Equatable {
    /// By what logits of known labels are multiplied before their softmax.
    public var knownScale: Double
    /// By what logits of the class head are multiplied before their softmax.
    public var classScale: Double
    /// What decides between known and novel labels; nil without photos: the softmax over all names does.
    public var gate: Gate?
    /// What says that no label fits; nil where nothing is known of other images.
    public var unknown: Unknown?
    /// How the figures were found, for a person.
    public var origin: String

    /// Puts figures together.
    public init(
      knownScale: Double = 1, classScale: Double = 1, gate: Gate? = nil, unknown: Unknown? = nil,
      origin: String
    ) {
      self.knownScale = knownScale
      self.classScale = classScale
      self.gate = gate
      self.unknown = unknown
      self.origin = origin
    }

    /// Coefficients of the logistic regression that says how probable it is that a known label is shown.
    public struct Gate: Codable, Sendable, Equatable {
      /// Of the best known class logit less the best novel one.
      public var gap: Double
      /// Of the distance to the nearest known label's mean.
      public var distance: Double
      /// Of the logarithm of the highest probability among known labels.
      public var confidence: Double
      /// The constant.
      public var bias: Double

      /// Puts coefficients together.
      public init(gap: Double, distance: Double, confidence: Double, bias: Double) {
        self.gap = gap
        self.distance = distance
        self.confidence = confidence
        self.bias = bias
      }
    }

    /// How probable it is that any label fits, and which score is too high for that.
    public struct Unknown: Codable, Sendable, Equatable {
      /// Coefficients of a logistic regression.
      public struct Regression: Codable, Sendable, Equatable {
        /// Of the energy of the labels less that of everyday words.
        public var energy: Double
        /// Of the distance to the nearest known label's mean.
        public var distance: Double
        /// Of the logarithm of the highest probability among known labels.
        public var confidence: Double
        /// The constant.
        public var bias: Double

        /// Puts coefficients together.
        public init(energy: Double, distance: Double = 0, confidence: Double = 0, bias: Double) {
          self.energy = energy
          self.distance = distance
          self.confidence = confidence
          self.bias = bias
        }
      }

      /// That a known label is shown, by its photos; nil without photos.
      public var known: Regression?
      /// That any label is shown, by the names of all.
      public var named: Regression
      /// That a novel label is shown, by the names of those; takes the place of `named` beside `known`, where it is not nil.
      public var novel: Regression?
      /// Scores of held-out photos of known labels, ascending.
      public var heldOutKnown: [Float]
      /// The same of labels that played novel ones, ascending.
      public var heldOutNovel: [Float]

      /// Puts figures together.
      public init(
        known: Regression?, named: Regression, novel: Regression? = nil,
        heldOutKnown: [Float] = [], heldOutNovel: [Float] = []
      ) {
        self.known = known
        self.named = named
        self.novel = novel
        self.heldOutKnown = heldOutKnown
        self.heldOutNovel = heldOutNovel
      }
    }
  }

  /// What the photos of the known labels say, enough to learn from more: FORMAT.md, "Statistics".
  public struct Statistics: Codable, Sendable, Equatable {
    /// Photos of each known label, in the order of the labels.
    public var photos: [Int]
    /// The variance of a feature's columns about the mean of all photos, t.
    public var variance: Double
    /// By what the logits of regularised LDA are multiplied.
    public var discriminantScale: Double
    /// By what the logits of texts are multiplied.
    public var textScale: Double

    /// Puts figures together.
    public init(photos: [Int], variance: Double, discriminantScale: Double, textScale: Double) {
      self.photos = photos
      self.variance = variance
      self.discriminantScale = discriminantScale
      self.textScale = textScale
    }
  }

  func validateAnswer() throws(ModelFileError) {
    try Self.check(words?.isEmpty != true, "words is empty")
    if let answer { try validate(answer) }
    guard let statistics else {
      try Self.check(answer?.gate == nil, "answer.gate without statistics of photos")
      try Self.check(answer?.unknown?.known == nil, "answer.unknown.known without statistics")
      try Self.check(answer?.unknown?.novel == nil, "answer.unknown.novel without statistics")
      return
    }
    let known = labelSet(.known)?.labels.count ?? 0
    try Self.check(known > 0, "statistics without known labels")
    try Self.check(
      statistics.photos.count == known, "statistics.photos has not a number for each known label")
    try Self.check(
      statistics.photos.allSatisfy { (1...(1 << 32)).contains($0) },
      "statistics.photos must be at least 1")
    for (name, value) in [
      ("variance", statistics.variance), ("discriminantScale", statistics.discriminantScale),
      ("textScale", statistics.textScale),
    ] {
      try Self.check(value.isFinite && value > 0, "statistics.\(name) must be above 0")
    }
  }

  private func validate(_ answer: Answer) throws(ModelFileError) {
    for (name, scale) in [("known", answer.knownScale), ("class", answer.classScale)] {
      // Far above what logits of 100 times a cosine need; so no product overflows.
      try Self.check(
        scale > 0 && scale < 1e6, "answer.\(name)Scale must be above 0 and below 1e6")
    }
    var numbers: [Double] = []
    if let gate = answer.gate {
      numbers += [gate.gap, gate.distance, gate.confidence, gate.bias]
    }
    if let unknown = answer.unknown {
      for regression in [unknown.named, unknown.known, unknown.novel].compactMap(\.self) {
        numbers += [
          regression.energy, regression.distance, regression.confidence, regression.bias,
        ]
      }
      for scores in [unknown.heldOutKnown, unknown.heldOutNovel] {
        try Self.check(
          scores.allSatisfy { (0...1).contains($0) }
            && zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 },
          "answer.unknown: scores of held-out photos must ascend within 0...1")
      }
      try Self.check(words != nil, "answer.unknown without words")
    }
    // A regression's terms are added: none may outweigh what a double holds.
    try Self.check(
      numbers.allSatisfy { abs($0) < 1e6 }, "answer: a coefficient is not a number below 1e6")
    // More known evidence must not speak for novel labels: scores of known labels never rise by a label more.
    try Self.check((answer.gate?.gap ?? 0) >= 0, "answer.gate.gap must not be negative")
  }
}
