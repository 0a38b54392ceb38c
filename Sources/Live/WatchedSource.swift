internal import Capture
internal import Classification
internal import Imaging

/// One source, and what was decided of it so far.
struct WatchedSource {
  /// A recording's times are in whole milliseconds.
  static let tolerance = 0.001
  /// Half-lives after which no more than 3 % of an average are from before.
  private static let settling = 5.0

  let source: any FrameSource
  private let configuration: LiveConfiguration
  /// Which of the model's labels count; nil for all.
  private(set) var choice: LabelChoice?
  private var sets: [LabelSet]
  private var preprocessing: Preprocessing
  /// What part of its frames is looked at, if that was asked for.
  private var part: FramePart?
  /// What was last told of it.
  private var told: LookedAt?
  private let start = MonotonicTime.now
  private var smoothing: Smoothing?
  private var decision: LabelDecision
  private var scene = StillScene()
  /// When a frame last did not look still.
  private var moved = MonotonicTime(nanoseconds: 0)
  /// From when on the next frame is wanted, by the source's clock; nil for at once.
  private var due: MonotonicTime?
  /// Frames of a recording passed over since the last one that was looked at.
  private var passedOver = 0
  private var hasPositions = false
  private(set) var classified = 0
  private var still = 0
  private var dropped = 0

  init(
    _ source: any FrameSource, _ configuration: LiveConfiguration, _ classifier: Classifier
  ) {
    self.source = source
    self.configuration = configuration
    choice = classifier.choice(of: configuration.labels, thresholds: configuration.thresholds)
    sets = choice?.sets ?? classifier.sets
    preprocessing = classifier.preprocessing
    part = configuration.parts.part(of: source.name)
    smoothing = configuration.halfLife.map { Smoothing(halfLife: $0) }
    decision = configuration.decision(among: sets)
  }

  /// The part of a frame that is looked at, and what is to be said of it.
  mutating func region(of image: Image) -> (region: ImageRegion?, remark: String?) {
    switch part {
    case nil: return (preprocessing.region, nil)
    case .fractions(let region): return (region, nil)
    case .pixels(let box):
      // The first frame comes in full; the fractions hold for all, whatever size they are decoded at.
      let inside = box.clamped(height: image.height, width: image.width)
      let region = inside.flatMap { ImageRegion($0, width: image.width, height: image.height) }
      part = region.map(FramePart.fractions)
      source.modelEdge = preprocessing.shortEdge(of: part)
      guard inside != box || region == nil else { return (region, nil) }
      let (fault, result) =
        switch (inside, region) {
        case (nil, _): ("is not in the picture", "it is not kept to")
        case (_, nil): ("is too small", "it is not kept to")
        default: ("leaves the picture", "what is inside counts")
        }
      return (
        region ?? preprocessing.region,
        "the part to look at \(fault), so that \(result): frames are \(image.width)x\(image.height)"
      )
    }
  }

  /// Looks at another part from the next frame on, as at another scene: averages start afresh.
  mutating func look(at region: ImageRegion) {
    part = .fractions(region)
    smoothing = configuration.halfLife.map { Smoothing(halfLife: $0) }
    scene = StillScene()
    source.modelEdge = preprocessing.shortEdge(of: part)
  }

  /// The part that is looked at, if it is another one than was told before, or another model looks at it; nil while it is not
  /// known, as of pixels before the first frame.
  mutating func newPart() -> LookedAt? {
    let region: ImageRegion
    switch part {
    case nil: region = preprocessing.region ?? .whole
    case .fractions(let asked): region = asked
    case .pixels: return nil
    }
    let lookedAt = LookedAt(region: region, learnt: preprocessing.region)
    guard lookedAt != told else { return nil }
    told = lookedAt
    return lookedAt
  }

  /// The part that a photo of a frame has to show for the model to see the same in it; nil for all of it, as where the model
  /// finds the part by itself.
  var photoPart: ImageRegion? {
    guard case .fractions(let region) = part, region != .whole, region != preprocessing.region
    else { return nil }
    return region
  }

  /// Goes on with another model.
  ///
  /// Average and answer stay where both models have the same labels, and start afresh otherwise. The new one has seen
  /// no scene yet.
  mutating func changeModel(to classifier: Classifier) {
    choice = classifier.choice(of: configuration.labels, thresholds: configuration.thresholds)
    let sets = choice?.sets ?? classifier.sets
    if sets != self.sets {
      self.sets = sets
      smoothing = configuration.halfLife.map { Smoothing(halfLife: $0) }
      decision = configuration.decision(among: sets)
    }
    scene = StillScene()
    preprocessing = classifier.preprocessing
    source.modelEdge = preprocessing.shortEdge(of: part)
  }

  /// When the next frame may be taken; nil for at once, as always of a recording, whose own clock counts.
  var dueTime: MonotonicTime? {
    hasPositions ? nil : due
  }

  /// When a frame was, by the clock that counts: that of a recording, which begins when it is opened, or ours.
  func time(of info: FrameInfo) -> MonotonicTime {
    info.position.map { start + $0 } ?? info.captured
  }

  /// Whether a frame of a recording comes before the next one is wanted.
  private func isTooSoon(_ info: FrameInfo) -> Bool {
    guard info.position != nil, let interval = configuration.interval, let due else { return false }
    let wait = due - time(of: info)
    // By more than an interval only after a jump back.
    return wait > Self.tolerance && wait <= interval + Self.tolerance
  }

  /// Notes that a frame was looked at.
  private mutating func setDue(after time: MonotonicTime) {
    guard let interval = configuration.interval else { return }
    // From when it was due, so that the interval is kept on average; from the frame on after a gap, which is not made up for.
    let isInStep = due.map { abs(time - $0) < interval } ?? false
    due = (isInStep ? due ?? time : time) + interval
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
  ///
  /// A still one goes, too, until the average has come to what it shows, and while an answer has yet to count.
  mutating func isWorthClassifying(_ crop: Image, _ info: FrameInfo) -> Bool {
    dropped += info.dropped
    setDue(after: info.position == nil ? .now : time(of: info))
    if configuration.skipsStill {
      let isStill = scene.isStill(crop)
      if !isStill { moved = time(of: info) }
      if isStill, !decision.isPending, isSettled(at: time(of: info)) {
        still += 1
        return false
      }
    }
    classified += 1
    return true
  }

  /// Whether another frame like the last ones would hardly change the average over time.
  private func isSettled(at time: MonotonicTime) -> Bool {
    configuration.halfLife.map { abs(time - moved) >= Self.settling * $0 } ?? true
  }

  /// What comes of a frame's scores: those that count, averaged over time if that was asked for, and the answer if it
  /// is a new one.
  mutating func decide(
    _ scores: ImageScores, _ info: FrameInfo
  ) -> (scores: ImageScores, change: Answer?) {
    var scores = scores
    let time = time(of: info)
    smoothing?.apply(to: &scores, at: time)
    return (scores, decision.change(by: scores, at: time))
  }

  /// What it is called.
  private var name: String { configuration.name ?? source.name }

  /// What a record says of a frame that is classified now.
  func frame(_ info: FrameInfo) -> Record.Frame {
    Record.Frame(
      source: name, sequence: Int(info.sequence),
      captured: WallTime(nanoseconds: time(of: info).wallClock), position: info.position,
      ageMilliseconds: (MonotonicTime.now - info.captured) * 1000, dropped: info.dropped,
      faults: faults, oddities: oddities)
  }

  /// The end's account.
  var report: SourceReport {
    SourceReport(
      name: name, seconds: MonotonicTime.now - start, classified: classified,
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

extension LiveConfiguration {
  /// A decision without answer yet, among the labels of some sets.
  fileprivate func decision(among sets: [LabelSet]) -> LabelDecision {
    LabelDecision(
      margin: hysteresis, hold: hold, ignored: LabelDecision.Verdict.named(ignored, in: sets))
  }
}
