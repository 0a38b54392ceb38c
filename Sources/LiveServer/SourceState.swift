import Capture
import Classification
import Live
import NIOCore

/// What the server knows of a camera or stream.
struct SourceState {
  /// The newest frame, held while somebody looks.
  struct Frame {
    /// The count of frames when it came.
    var number: Int
    var frame: ShownFrame
  }

  let name: String
  var health: SourceHealth
  /// The answer now, by the decision over time; nil before the first.
  var answer: Answer?
  /// What part of its frames is looked at; nil while that is not known.
  var part: LookedAt?
  var faults: [(kind: String, count: Int)] = []
  /// What was odd about frames that were shown all the same.
  var oddities: [(kind: String, count: Int)] = []
  var reconnects = 0
  /// Frames looked at: classified, or passed over as still.
  var frames = 0
  var classified = 0
  var still = 0
  var dropped = 0
  var age = DurationHistogram()
  var inference = DurationHistogram()
  var history: History
  var frame: Frame?
  /// Frames are handed over until then.
  var watchedUntil: NIODeadline
  /// Somebody waits for the next frame.
  var isAwaited = false

  init(name: String, at now: NIODeadline) {
    self.name = name
    health = SourceHealth(openedAt: .now)
    history = History(at: now)
    watchedUntil = now
  }

  func isWatched(at now: NIODeadline) -> Bool { isAwaited || now < watchedUntil }

  /// The held frame if no newer one has passed unseen; it may be the one that is being classified.
  var newestFrame: Frame? { frame.flatMap { $0.number >= frames ? $0 : nil } }

  /// Something went wrong.
  mutating func count(_ fault: Fault) { _ = Self.add(fault.rawValue, to: &faults) }

  /// A frame was odd; whether it is the first one of this kind.
  mutating func count(_ oddity: Oddity) -> Bool { Self.add(oddity.rawValue, to: &oddities) }

  /// Counts; whether it is the first of its kind.
  private static func add(_ kind: String, to counts: inout [(kind: String, count: Int)]) -> Bool {
    if let index = counts.firstIndex(where: { $0.kind == kind }) {
      counts[index].count += 1
      return false
    }
    counts.append((kind, 1))
    return true
  }
}
