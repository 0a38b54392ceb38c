import Capture
import Imaging

/// One source, and what was decided of it so far.
struct LiveWatch {
  let source: any FrameSource
  private let options: LiveDecisionOptions
  private let start = MonotonicTime.now
  private var smoothing: [LiveSmoothing]
  private var decisions: [LiveDecision]
  private var scene = LiveScene()
  private var lastTime: MonotonicTime?
  private(set) var classified = 0
  private(set) var still = 0
  private var dropped = 0
  private let sets: [Classifier.ScoredSet]
  /// Scores of all labels of the frame at hand, set by set: few of them may be listed.
  private var scores: [[Float]]

  init(
    _ source: any FrameSource, _ options: LiveDecisionOptions, sets: [Classifier.ScoredSet]
  ) {
    self.source = source
    self.options = options
    self.sets = sets
    scores = sets.map { _ in [] }
    smoothing = sets.map { _ in LiveSmoothing(halfLife: options.smooth ?? 0) }
    decisions = sets.map { _ in LiveDecision(margin: Float(options.hysteresis)) }
  }

  /// When the next frame may be classified; nil for at once.
  var dueTime: MonotonicTime? {
    guard let interval = options.interval, let lastTime else { return nil }
    return lastTime + interval
  }

  /// Whether it is time.
  var isDue: Bool { !source.hasEnded && dueTime.map { $0 <= .now } ?? true }

  /// Whether a frame should go through the network.
  mutating func isWorthClassifying(_ crop: Image, _ info: FrameInfo) -> Bool {
    dropped += info.dropped
    lastTime = .now
    guard options.skipStill else { return true }
    if scene.isStill(crop) {
      still += 1
      return false
    }
    return true
  }

  /// Averages a set's scores over time, if that was asked for.
  mutating func smooth(_ scores: inout [Float], set: Int, at time: MonotonicTime) {
    if options.smooth != nil { smoothing[set].apply(to: &scores, at: time) }
    self.scores[set] = scores
  }

  /// What comes of a frame.
  mutating func result(
    of classification: Record.Classification, _ info: FrameInfo, index: Int
  ) -> LiveResult {
    classified += 1
    var changes: [ScoredLabel] = []
    for (set, labels) in classification.groups.enumerated() {
      guard let best = labels.first else { continue }
      let hasChanged = decisions[set].update(best) { label in
        sets[set].labels.firstIndex(of: label).map { scores[set][$0] }
      }
      if hasChanged { changes.append(best) }
    }
    return LiveResult(
      index: index, source: source, info: info, classification: classification, changes: changes,
      droppedSoFar: dropped)
  }

  /// The end's account.
  var summary: String {
    let seconds = MonotonicTime.now - start
    var parts = [
      "\(classified) \(classified == 1 ? "frame" : "frames") classified in \(Decimal.fixed(seconds, 1)) s",
      "\(dropped) dropped",
    ]
    if options.skipStill {
      let share = 100 * Double(still) / Double(max(1, still + classified))
      parts.append("\(still) still ones skipped (\(Decimal.fixed(share, 1)) % of the work)")
    }
    parts += source.faults.occurred.map { "\($0.name): \($0.count)" }
    return "\(source.name): \(parts.joined(separator: ", "))"
  }
}
