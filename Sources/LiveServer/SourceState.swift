import Capture
import Classification
import Live
import NIOCore

/// What the server knows of a camera or stream.
struct SourceState {
  /// Whether frames come.
  enum Condition: String {
    /// Opened, no frame yet.
    case starting
    case live
    /// Unplugged or failed; it is being tried again.
    case away
    case ended
  }

  /// The newest frame, held while somebody looks.
  struct Frame {
    /// The count of frames when it came.
    var number: Int
    var frame: ShownFrame
  }

  let name: String
  var condition = Condition.starting
  /// What is delivered, or why nothing is.
  var detail = ""
  var lastFault: String?
  /// The answer now, by the decision over time; nil before the first.
  var answer: Answer?
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
  /// When the last frame was done with.
  var lastFrame: NIODeadline?
  var frame: Frame?
  /// Frames are handed over until then.
  var watchedUntil: NIODeadline
  /// Somebody waits for the next frame.
  var isAwaited = false

  init(name: String, at now: NIODeadline) {
    self.name = name
    history = History(at: now)
    watchedUntil = now
  }

  func isWatched(at now: NIODeadline) -> Bool { isAwaited || now < watchedUntil }

  /// The held frame if no newer one has passed unseen; it may be the one that is being classified.
  var newestFrame: Frame? { frame.flatMap { $0.number >= frames ? $0 : nil } }

  /// Frames come, in a format that `detail` names.
  mutating func start(_ detail: String) {
    condition = .starting
    self.detail = detail
  }

  /// Something went wrong.
  mutating func count(_ fault: Fault, _ detail: String) {
    _ = Self.add(fault.rawValue, to: &faults)
    lastFault = detail
    if fault.endsStreaming {
      condition = .away
      self.detail = detail
    }
  }

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

  /// Why this source is not healthy; nil when it is.
  func complaint(timeout: Double, start: NIODeadline, at now: NIODeadline) -> String? {
    if condition == .away { return "away (\(detail))" }
    if condition == .ended { return "has ended" }
    let silence = Double((now - (lastFrame ?? start)).nanoseconds) / 1e9
    let reason = lastFault.map { " (\($0))" } ?? ""
    guard lastFrame != nil else { return "no result yet after \(Int(silence)) s\(reason)" }
    return silence > timeout ? "no result for \(Int(silence)) s\(reason)" : nil
  }
}
