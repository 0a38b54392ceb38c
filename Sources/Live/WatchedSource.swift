internal import Capture
internal import Classification
internal import Imaging

/// One source, and what was decided of it so far.
struct WatchedSource {
  let source: any FrameSource
  private let configuration: LiveConfiguration
  private let start = MonotonicTime.now
  private var smoothing: Smoothing?
  private var decision: LabelDecision
  private var scene = StillScene()
  private var lastTime: MonotonicTime?
  private(set) var classified = 0
  private var still = 0
  private var dropped = 0

  init(_ source: any FrameSource, _ configuration: LiveConfiguration) {
    self.source = source
    self.configuration = configuration
    smoothing = configuration.halfLife.map { Smoothing(halfLife: $0) }
    decision = LabelDecision(margin: configuration.hysteresis)
  }

  /// Goes on with another model, whose input has sides of `modelEdge` pixels.
  ///
  /// Average and answer stay where both models have the same labels, and start afresh otherwise. The new one has seen
  /// no scene yet.
  mutating func changeModel(hasSameLabels: Bool, modelEdge: Int) {
    if !hasSameLabels {
      smoothing = configuration.halfLife.map { Smoothing(halfLife: $0) }
      decision = LabelDecision(margin: configuration.hysteresis)
    }
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

  /// What comes of a frame's scores: those that count, averaged over time if that was asked for, and the answer if it
  /// is a new one.
  mutating func decide(
    _ scores: ImageScores, at time: MonotonicTime
  ) -> (scores: ImageScores, change: Answer?) {
    var scores = scores
    smoothing?.apply(to: &scores, at: time)
    return (scores, decision.change(by: scores))
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
