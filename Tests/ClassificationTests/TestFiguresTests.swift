import Calibration
import Classification
import ModelFile
import TestSupport
import Testing

@Suite("Figures of a test")
struct TestFiguresTests {
  private static let cup = ModelLabel("cup", .known)
  private static let mug = ModelLabel("mug", .known)
  private static let bowl = ModelLabel("bowl", .novel)
  private static let plate = ModelLabel("plate", .novel)
  private static let labels = [cup, mug, bowl, plate]

  /// An image of `truth` whose best label is `best`; unless told otherwise the best of the set is right.
  private func image(
    _ truth: ModelLabel?, _ best: ModelLabel, _ score: Float = 0.5, inSet: ModelLabel? = nil,
    gate: Float = 0.5, unknown: Float? = nil, refused: Bool = false, path: String = "x"
  ) -> TestedImage {
    TestedImage(
      path: path, truth: truth, best: best, score: score, bestInSet: inSet ?? truth,
      knownProbability: gate, unknownScore: unknown, isRefused: refused)
  }

  private func expectEqual(
    _ a: Double?, _ b: Double, within error: Double = 1e-9,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      a.map { abs($0 - b) < error } == true, "\(a ?? .nan), \(b)", sourceLocation: sourceLocation)
  }

  @Test("Accuracy is that of the one ranking and that within the set; unknown is wrong")
  func accuracy() throws {
    let images = [
      image(Self.cup, Self.cup), image(Self.cup, Self.bowl),
      image(Self.cup, Self.mug, inSet: Self.mug), image(Self.mug, Self.mug, refused: true),
      image(Self.bowl, Self.bowl), image(Self.bowl, Self.plate, inSet: Self.plate),
      image(nil, Self.cup), image(nil, Self.cup, refused: true),
    ]
    let figures = TestFigures(images, labels: Self.labels)
    #expect(figures.all?.joint == Proportion(2, of: 6))
    #expect(figures.all?.inSet == Proportion(4, of: 6))
    #expect(figures.known?.joint == Proportion(1, of: 4))
    #expect(figures.known?.inSet == Proportion(3, of: 4))
    #expect(figures.novel?.joint == Proportion(1, of: 2))
    #expect(figures.novel?.inSet == Proportion(1, of: 2))
    // 2 / (4 + 2) and 2 / (4/3 + 2).
    expectEqual(figures.jointMean, 1.0 / 3)
    expectEqual(figures.inSetMean, 0.6)
    #expect(figures.labels.map(\.label) == [Self.cup, Self.mug, Self.bowl])
    #expect(
      figures.labels.map(\.accuracy.joint)
        == [Proportion(1, of: 3), Proportion(0, of: 1), Proportion(1, of: 2)])
    #expect(
      figures.labels.map(\.accuracy.inSet)
        == [Proportion(2, of: 3), Proportion(1, of: 1), Proportion(1, of: 2)])
    #expect(figures.unknowns.refusedLabels == Proportion(1, of: 6))
    #expect(figures.unknowns.refusedOthers == Proportion(1, of: 2))
    #expect(figures.unknowns.separation == nil)
  }

  @Test("What there is nothing of is nil")
  func nothing() {
    let others = TestFigures([image(nil, Self.cup)], labels: Self.labels)
    #expect(others.all == nil && others.known == nil && others.novel == nil)
    #expect(others.reliability == nil && others.openworld == nil && others.jointMean == nil)
    #expect(others.unknowns.refusedLabels == nil && others.labels.isEmpty)
    let known = TestFigures([image(Self.cup, Self.mug)], labels: Self.labels)
    #expect(known.novel == nil && known.jointMean == nil && known.openworld == nil)
    #expect(known.unknowns.refusedOthers == nil)
    #expect(Proportion(0, of: 0) == nil)
    #expect(Proportion.harmonicMean(Proportion(0, of: 3), Proportion(1, of: 1)) == 0)
  }

  @Test("Wilson's intervals are those of a table")
  func wilson() throws {
    // By the formula with z = 1.644854, worked out apart.
    for total in 1...60 {
      #expect(Proportion(0, of: total)?.interval.lowerBound == 0)
      #expect(Proportion(total, of: total)?.interval.upperBound == 1)
    }
    for (count, total, low, high) in [
      (0, 10, 0, 0.212942), (5, 10, 0.269272, 0.730728), (10, 10, 0.787058, 1),
      (81, 100, 0.737640, 0.866027),
    ] {
      let interval = try #require(Proportion(count, of: total)).interval
      expectEqual(interval.lowerBound, low, within: 2e-6)
      expectEqual(interval.upperBound, high, within: 2e-6)
    }
  }

  @Test("The most frequent mistakes come first, equal ones in the model's order")
  func confusions() {
    let images = [
      image(Self.mug, Self.cup), image(Self.bowl, Self.cup), image(Self.bowl, Self.cup),
      image(Self.cup, Self.cup, refused: true), image(nil, Self.plate),
      image(Self.cup, Self.plate), image(Self.cup, Self.cup),
      image(nil, Self.cup, refused: true),
    ]
    let confusions = TestFigures(images, labels: Self.labels).confusions
    #expect(confusions.map(\.count) == [2, 1, 1, 1, 1])
    #expect(confusions.map(\.truth) == [Self.bowl, Self.cup, Self.cup, Self.mug, nil])
    #expect(confusions.map(\.answer) == [Self.cup, Self.plate, nil, Self.cup, Self.plate])
  }

  @Test("The surest mistakes are the worst")
  func worst() {
    let images = [
      image(Self.cup, Self.mug, 0.5, path: "b"), image(Self.cup, Self.mug, 0.9, path: "c"),
      image(Self.cup, Self.cup, 0.99, path: "right"), image(Self.cup, Self.mug, 0.5, path: "a"),
      image(Self.cup, Self.cup, 0.2, unknown: 0.7, refused: true, path: "refused"),
      image(nil, Self.cup, 0.1, path: "none"), image(nil, Self.cup, refused: true),
    ]
    let worst = TestedImage.surestMistakes(images, atMost: 4)
    #expect(worst.map(\.path) == ["c", "refused", "a", "b"])
    #expect(TestedImage.surestMistakes(images, atMost: 24).count == 5)
  }

  @Test("Calibration error is the distance of score and accuracy, bin by bin")
  func calibration() throws {
    // Two of 0.5, one right; two of 0.75, both right; in two of fifteen bins: |0.5 - 0.5| and |0.75 - 1|.
    let reliability = try #require(
      Reliability([(0.75, true), (0.5, true), (0.5, false), (0.75, true)]))
    expectEqual(reliability.expectedError, 0.125)
    #expect(reliability.deciles.map(\.score) == [0.5, 0.5, 0.75, 0.75])
    #expect(reliability.deciles.map(\.right.total) == [1, 1, 1, 1])
    // Scores at the ends have bins, too.
    expectEqual(Reliability([(1, false), (0, true)])?.expectedError, 1)
    // The bin's own mean counts, not its middle: 0.34 and 0.39 are in one bin, 0.365 beside 0.5.
    expectEqual(
      Reliability([(0.34, false), (0.39, true)])?.expectedError, 0.135, within: 1e-6)
    let many = (0..<25).map { (score: Float($0) / 25, isRight: $0 % 2 == 0) }.shuffled()
    let deciles = try #require(Reliability(many)).deciles
    #expect(deciles.map(\.right.total) == [2, 3, 2, 3, 2, 3, 2, 3, 2, 3])
    #expect(deciles.map(\.score) == deciles.map(\.score).sorted())
  }

  @Test("Scores that mean what they say have hardly an error, however they are drawn")
  func calibrated() throws {
    var random = SplitMix64(seed: 4)
    let images = (0..<20_000).map { _ -> (score: Float, isRight: Bool) in
      let score = abs(random.uniform())
      return (score, abs(random.uniform()) < score)
    }
    #expect(try #require(Reliability(images)).expectedError < 0.02)
    let sure = images.map { (score: $0.score.squareRoot(), isRight: $0.isRight) }
    // The mean of √p - p for even p is 1/6.
    expectEqual(try #require(Reliability(sure)).expectedError, 1.0 / 6, within: 0.02)
  }

  @Test("Scores that are refused count as those of the best label")
  func refusedScores() throws {
    let figures = TestFigures(
      [image(Self.cup, Self.cup, 0.75, unknown: 1, refused: true)], labels: Self.labels)
    expectEqual(try #require(figures.reliability).expectedError, 0.25)
  }

  @Test("Unknown scores separate by the share of pairs in their order")
  func separation() throws {
    // Of the nine pairs seven are in order, one is not, one is a draw.
    let separation = try #require(Separation(labels: [0.3, 0.1, 0.2], others: [0.2, 0.9, 0.4]))
    expectEqual(separation.area, 7.5 / 9)
    // 95 % of three are three: up to 0.3.
    #expect(separation.falsePositives == Proportion(1, of: 3))
    // 19 of 20 labels lie up to 0.95.
    let labels = (1...20).map { Float($0) / 20 }
    let other = try #require(Separation(labels: labels, others: [0.94, 0.95, 0.96, 2]))
    #expect(other.falsePositives == Proportion(2, of: 4))
    #expect(Separation(labels: [], others: [1]) == nil)
    #expect(Separation(labels: [1], others: []) == nil)
    #expect(Separation(labels: [0], others: [1])?.area == 1)
  }

  @Test("OpenworldAUC asks for the order of the gates and for both to be right within their sets")
  func openworld() throws {
    let images = [
      image(Self.cup, Self.cup, gate: 0.9), image(Self.cup, Self.cup, inSet: Self.mug, gate: 0.95),
      image(Self.mug, Self.bowl, gate: 0.4), image(Self.bowl, Self.cup, gate: 0.5),
      image(Self.bowl, Self.cup, inSet: Self.plate, gate: 0.1),
      image(Self.plate, Self.plate, gate: 0.4),
      image(nil, Self.cup, gate: 0),
    ]
    // Three known times three novel; 0.9 over 0.5 and over 0.4; 0.4 is not over 0.4.
    expectEqual(openworldAUC(images), 2.0 / 9)
    // The same by all pairs, on random images.
    var random = SplitMix64(seed: 6)
    let many = (0..<200).map { index -> TestedImage in
      let truth = Self.labels[index % 4]
      let other = truth.set == .known ? Self.mug : Self.plate
      return image(
        truth, truth, inSet: random.uniform() > 0 ? truth : other,
        gate: (abs(random.uniform()) * 20).rounded() / 20)
    }
    var pairs = 0
    for a in many where a.truth?.set == .known {
      for b in many where b.truth?.set == .novel {
        pairs += a.isRightInSet && b.isRightInSet && a.knownProbability > b.knownProbability ? 1 : 0
      }
    }
    expectEqual(openworldAUC(many), Double(pairs) / 10_000)
  }

  @Test("A record becomes what it says of the truth")
  func record() throws {
    func scored(_ label: ModelLabel, _ score: Float) -> ScoredLabel {
      ScoredLabel(
        label: label.name, set: label.set, head: .class, score: score, logit: 0, classLogit: 0)
    }
    var labels = Record.Labels(
      labels: [scored(Self.bowl, 0.5), scored(Self.mug, 0.3), scored(Self.cup, 0.2)],
      isUnknown: true, unknownScore: 0.75, knownProbability: 0.5, milliseconds: 1)
    func tested(_ truth: ModelLabel?) -> TestedImage? {
      TestedImage(Record(origin: .file("a.png"), outcome: .labels(labels)), truth: truth)
    }
    #expect(
      tested(Self.cup)
        == TestedImage(
          path: "a.png", truth: Self.cup, best: Self.bowl, score: 0.5, bestInSet: Self.mug,
          knownProbability: 0.5, unknownScore: 0.75, isRefused: true))
    #expect(tested(nil)?.bestInSet == nil && tested(nil)?.isRight == true)
    labels.isUnknown = false
    #expect(tested(nil)?.isRight == false && tested(Self.bowl)?.isRight == true)
    let failure = Record(origin: .file("a.png"), outcome: .failure("is empty"))
    #expect(TestedImage(failure, truth: nil) == nil)
  }
}
