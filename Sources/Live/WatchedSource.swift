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
  /// When a frame was done with, by the source's clock.
  private var lastTime: MonotonicTime?
  /// Frames of a recording passed over since the last one that was looked at.
  private var passedOver = 0
  private var hasPositions = false
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

  /// When the next frame may be taken; nil for at once, as always of a recording, whose own clock counts.
  var dueTime: MonotonicTime? {
    guard let interval = configuration.interval, let lastTime, !hasPositions else { return nil }
    return lastTime + interval
  }

  /// When a frame was, by the clock that counts: that of a recording, which begins when it is opened, or ours.
  private func time(of info: FrameInfo) -> MonotonicTime {
    info.position.map { start + $0 } ?? info.captured
  }

  /// Whether a frame of a recording comes too soon after the last one looked at.
  private func isTooSoon(_ info: FrameInfo) -> Bool {
    guard info.position != nil, let interval = configuration.interval, let lastTime else {
      return false
    }
    // Times are in whole milliseconds.
    return time(of: info) - lastTime < interval - 0.001
  }

  /// Takes the next frame that is due; nil when there is none now.
  mutating func take(into image: inout Image) -> FrameInfo? {
    while var info = source.next(into: &image) {
      hasPositions = info.position != nil
      guard isTooSoon(info) else {
        info.dropped += passedOver
        passedOver = 0
        return info
      }
      passedOver += 1 + info.dropped
    }
    return nil
  }

  /// Whether it is time.
  var isDue: Bool { !source.hasEnded && dueTime.map { $0 <= .now } ?? true }

  /// Counts a frame; whether it should go through the network.
  mutating func isWorthClassifying(_ crop: Image, _ info: FrameInfo) -> Bool {
    dropped += info.dropped
    lastTime = info.position == nil ? .now : time(of: info)
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
    _ scores: ImageScores, _ info: FrameInfo
  ) -> (scores: ImageScores, change: Answer?) {
    var scores = scores
    let time = time(of: info)
    smoothing?.apply(to: &scores, at: time)
    return (scores, decision.change(by: scores))
  }

  /// What a record says of a frame that is classified now.
  func frame(_ info: FrameInfo) -> Record.Frame {
    Record.Frame(
      source: source.name, sequence: Int(info.sequence),
      captured: WallTime(nanoseconds: time(of: info).wallClock), position: info.position,
      ageMilliseconds: (MonotonicTime.now - info.captured) * 1000, dropped: info.dropped,
      faults: faults, oddities: oddities)
  }

  /// The end's account.
  var report: SourceReport {
    SourceReport(
      name: source.name, seconds: MonotonicTime.now - start, classified: classified,
      still: configuration.skipsStill ? still : nil, dropped: dropped + passedOver,
      faults: faults, oddities: oddities)
  }

  private var faults: [Record.FaultCount] {
    source.faults.occurred.map { Record.FaultCount(kind: $0.name, count: $0.count) }
  }

  private var oddities: [Record.FaultCount] {
    source.oddities.occurred.map { Record.FaultCount(kind: $0.name, count: $0.count) }
  }
}
