internal import Capture
internal import Classification
internal import Imaging

/// One source, and what was decided of it so far.
struct WatchedSource {
  let source: any FrameSource
  private let configuration: LiveConfiguration
  private let start = MonotonicTime.now
  private var smoothing: [Smoothing]
  private var decisions: [LabelDecision]
  private var scene = StillScene()
  private var lastTime: MonotonicTime?
  private(set) var classified = 0
  private var still = 0
  private var dropped = 0

  init(_ source: any FrameSource, _ configuration: LiveConfiguration, sets: [LabelSet]) {
    self.source = source
    self.configuration = configuration
    smoothing = sets.map { _ in Self.smoothing(configuration) }
    decisions = sets.map { _ in Self.decision(configuration) }
  }

  private static func smoothing(_ configuration: LiveConfiguration) -> Smoothing {
    Smoothing(halfLife: configuration.halfLife ?? 0)
  }

  private static func decision(_ configuration: LiveConfiguration) -> LabelDecision {
    LabelDecision(margin: configuration.hysteresis)
  }

  /// Goes on with another model, whose input has sides of `modelEdge` pixels.
  ///
  /// Averages and decisions of sets that both models have stay, those of others start afresh. The new one has seen no
  /// scene yet.
  mutating func changeModel(from old: [LabelSet], to new: [LabelSet], modelEdge: Int) {
    let (smoothing, decisions) = (smoothing, decisions)
    let places = new.map { old.firstIndex(of: $0) }
    self.smoothing = places.map { $0.map { smoothing[$0] } ?? Self.smoothing(configuration) }
    self.decisions = places.map { $0.map { decisions[$0] } ?? Self.decision(configuration) }
    scene = StillScene()
    source.modelEdge = modelEdge
  }

  /// When the next frame may be classified; nil for at once.
  var dueTime: MonotonicTime? {
    guard let interval = configuration.interval, let lastTime else { return nil }
    return lastTime + interval
  }

  /// Whether it is time.
  var isDue: Bool { !source.hasEnded && dueTime.map { $0 <= .now } ?? true }

  /// Counts a frame; whether it should go through the network.
  mutating func isWorthClassifying(_ crop: Image, _ info: FrameInfo) -> Bool {
    dropped += info.dropped
    lastTime = .now
    if configuration.skipsStill, scene.isStill(crop) {
      still += 1
      return false
    }
    classified += 1
    return true
  }

  /// What comes of a frame's scores: those that count, averaged over time if that was asked for, and the best
  /// labels of the sets whose label changes.
  mutating func decide(
    _ scores: [SetScores], at time: MonotonicTime
  ) -> (scores: [SetScores], changes: [ScoredLabel]) {
    var scores = scores
    var changes: [ScoredLabel] = []
    for index in scores.indices {
      if configuration.halfLife != nil { smoothing[index].apply(to: &scores[index], at: time) }
      if let label = decisions[index].change(by: scores[index]) { changes.append(label) }
    }
    return (scores, changes)
  }

  /// What a record says of a frame that is classified now.
  func frame(_ info: FrameInfo) -> Record.Frame {
    Record.Frame(
      source: source.name, sequence: Int(info.sequence),
      captured: WallTime(nanoseconds: info.captured.wallClock),
      ageMilliseconds: (MonotonicTime.now - info.captured) * 1000, dropped: info.dropped,
      faults: faults)
  }

  /// The end's account.
  var report: SourceReport {
    SourceReport(
      name: source.name, seconds: MonotonicTime.now - start, classified: classified,
      still: configuration.skipsStill ? still : nil, dropped: dropped, faults: faults)
  }

  private var faults: [Record.FaultCount] {
    source.faults.occurred.map { Record.FaultCount(kind: $0.name, count: $0.count) }
  }
}
