import Basics
public import CLIPModel
public import FloatMath
import FoundationEssentials
public import Training

/// One figure of a protocol: how many photos of a part of a data set got their label, for one seed.
public struct EvaluationResult: Sendable, Codable, Equatable {
  /// The data set's name.
  public var dataset: String
  /// `base`, `novel` or `all` labels.
  public var part: String
  /// Which features scored: `fusion` or `class`.
  public var head: String
  /// Training photos of a label at most; 0 where nothing was trained.
  public var shots: Int
  /// The seed of shots and training; 0 where nothing was trained.
  public var seed: Int
  /// Photos tested.
  public var photos: Int
  /// Percent that got their label.
  public var accuracy: Double
  /// The mean natural logarithm of the right label's score; 0 without photos.
  public var logLikelihood: Double
  /// The expected calibration error of the best scores, 0...1; 0 without photos.
  public var calibrationError: Double

  /// Records a figure.
  public init(
    dataset: String, part: String, head: String, shots: Int, seed: Int, photos: Int,
    accuracy: Double, logLikelihood: Double, calibrationError: Double
  ) {
    self.dataset = dataset
    self.part = part
    self.head = head
    self.shots = shots
    self.seed = seed
    self.photos = photos
    self.accuracy = accuracy
    self.logLikelihood = logLikelihood
    self.calibrationError = calibrationError
  }

  /// Measures logits `[N, C]` by the labels `[N]` that the photos have.
  public init(
    dataset: String, part: String, head: LabelScorer.Head, shots: Int, seed: Int,
    logits: Matrix, actual: [Int]
  ) {
    let scores = Scores(
      logits: logits.elements, actual: actual, labelCount: logits.columns)
    let reliability =
      actual.isEmpty ? nil : ScoreReliability(logits: logits, actual: actual)
    self.init(
      dataset: dataset, part: part, head: head.rawValue, shots: shots, seed: seed,
      photos: scores.total, accuracy: scores.accuracy,
      logLikelihood: reliability?.logLikelihood ?? 0,
      calibrationError: reliability?.calibrationError ?? 0)
  }
}

/// All figures of a run of `mmrl-convert evaluate`, and their means over seeds.
public struct EvaluationTable: Sendable, Codable, Equatable {
  /// A mean over seeds.
  public struct Mean: Sendable, Codable, Equatable {
    /// The data set's name, or `average` of the data sets not trained on.
    public var dataset: String
    /// `base`, `novel`, `all`, or `harmonic mean` (of each seed's base and novel).
    public var part: String
    /// Training photos of a label at most.
    public var shots: Int
    /// Percent.
    public var accuracy: Spread
    /// The mean natural logarithm of the right label's score; nil for what is not measured but computed of other rows.
    public var logLikelihood: Double?
    /// The expected calibration error of the best scores; nil likewise.
    public var calibrationError: Double?
    /// Seeds that it is the mean of.
    public var seeds: Int
  }

  /// The protocol's name.
  public var evaluation: String
  /// The method's name.
  public var method: String
  /// `float` or `int8`.
  public var engine: String
  /// The settings by name.
  public var settings: [String: String]
  /// The figures, in the order measured.
  public var results: [EvaluationResult] = []

  /// A table without figures.
  public init(evaluation: String, method: String, engine: String, settings: [String: String]) {
    self.evaluation = evaluation
    self.method = method
    self.engine = engine
    self.settings = settings
  }

  /// Means over seeds, in the order of the first figures; a harmonic mean after each novel part, and after several data sets
  /// that were not trained on their average, as the papers' tables have it.
  public var means: [Mean] {
    var order: [(String, String, Int)] = []
    for result in results {
      let key = (result.dataset, result.part, result.shots)
      if !order.contains(where: { $0 == key }) { order.append(key) }
    }
    var means: [Mean] = []
    for (dataset, part, shots) in order {
      let these = figures(dataset, part, shots)
      means.append(
        Mean(
          dataset: dataset, part: part, shots: shots,
          accuracy: Spread(these.map(\.accuracy)),
          logLikelihood: Spread(these.map(\.logLikelihood)).mean,
          calibrationError: Spread(these.map(\.calibrationError)).mean, seeds: these.count))
      guard part == "novel" else { continue }
      let harmonic = these.compactMap { novel in
        figures(dataset, "base", shots).first { $0.seed == novel.seed }
          .map { harmonicMean($0.accuracy, novel.accuracy) }
      }
      guard !harmonic.isEmpty else { continue }
      means.append(
        Mean(
          dataset: dataset, part: "harmonic mean", shots: shots, accuracy: Spread(harmonic),
          seeds: harmonic.count))
    }
    return means + averages
  }

  /// By number of shots: the average over the other data sets, of which there are at least two.
  private var averages: [Mean] {
    let others = results.filter { $0.part == "all" && $0.dataset != results.first?.dataset }
    guard Set(others.map(\.dataset)).count > 1 else { return [] }
    return Set(others.map(\.shots)).sorted().map { shots in
      let these = others.filter { $0.shots == shots }
      let bySeed = Dictionary(grouping: these, by: \.seed).sorted { $0.key < $1.key }
      return Mean(
        dataset: "average", part: "all", shots: shots,
        accuracy: Spread(bySeed.map { Spread($0.value.map(\.accuracy)).mean }), seeds: bySeed.count)
    }
  }

  private func figures(_ dataset: String, _ part: String, _ shots: Int) -> [EvaluationResult] {
    results.filter { $0.dataset == dataset && $0.part == part && $0.shots == shots }
  }

  /// The means as text, in lines that fit a terminal's columns; nil is a file.
  public func text(width: Int?) -> String {
    var lines = ["\(evaluation), \(method), \(engine)"]
    for mean in means {
      let deviation =
        mean.seeds > 1
        ? " ± \(Decimal.fixed(mean.accuracy.deviation, 2)) (\(mean.seeds) seeds)" : ""
      let shots = mean.shots > 0 ? "  \(mean.shots) shots" : ""
      let name = "\(mean.dataset)  \(mean.part)\(shots)"
      // Where that does not fit, what is behind the accuracy has a line of its own.
      let accuracy = Decimal.fixed(mean.accuracy.mean, 2) + deviation
      let room = width.map { $0 - accuracy.columns } ?? .max
      let column = min(40, max(name.columns + 2, room))
      let row = name.padded(to: max(name.columns + 2, column)) + accuracy
      lines.append(row.wrapped(to: width, indent: 2))
      if let likelihood = mean.logLikelihood, let error = mean.calibrationError {
        let rest =
          "  log-likelihood \(Decimal.fixed(likelihood, 2)), calibration error \(Decimal.fixed(error, 3))"
        if row.columns + rest.columns <= width ?? .max {
          lines[lines.count - 1] += rest
        } else {
          lines.append(rest.wrapped(to: width, indent: 2))
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private struct Document: Encodable {
    var evaluation: String
    var method: String
    var engine: String
    var settings: [String: String]
    var means: [Mean]
    var results: [EvaluationResult]
  }

  /// Everything as JSON, keys sorted.
  ///
  /// - Throws: when a figure is not a number.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = Document(
      evaluation: evaluation, method: method, engine: engine, settings: settings, means: means,
      results: results)
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
  }

  /// The figures as CSV (RFC 4180): one row a figure and seed.
  public var csv: String {
    var rows = [
      [
        "protocol", "method", "engine", "dataset", "part", "head", "shots", "seed", "photos",
        "accuracy", "log_likelihood", "calibration_error",
      ]
    ]
    for result in results {
      rows.append([
        evaluation, method, engine, result.dataset, result.part, result.head, "\(result.shots)",
        "\(result.seed)", "\(result.photos)", Decimal.fixed(result.accuracy, 4),
        Decimal.fixed(result.logLikelihood, 4), Decimal.fixed(result.calibrationError, 4),
      ])
    }
    return rows.map(CSV.row).joined()
  }
}
