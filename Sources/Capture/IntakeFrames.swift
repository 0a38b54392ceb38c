import Basics
import Imaging

/// The frames of an intake, decoded and judged, with all that has to be said of them.
struct IntakeFrames: ~Copyable {
  /// With nothing but frames that are dropped for so long, the reason is said.
  static let patience = 5.0

  var decoder: FrameDecoder
  private(set) var faults = FaultCounts()
  private(set) var oddities = OddityCounts()
  /// When a frame was shown last, or hope began.
  private(set) var lastShown = MonotonicTime.now
  /// Why the last frame was dropped, if none has been shown since.
  private(set) var lastRefusal: String?
  private let format: FrameFormat
  private let onEvent: (SourceEvent) -> Void
  private var frame: [UInt8] = []
  private var counter: SequenceCounter

  /// Frames of `format`; nil for JPEG.
  init(
    _ format: FrameFormat?, shortEdge: Int?, onEvent: @escaping (SourceEvent) -> Void
  ) {
    self.format = format ?? FrameFormat(code: .mjpg, width: 0, height: 0)
    self.onEvent = onEvent
    decoder = FrameDecoder(shortEdge: shortEdge)
    // Frames are numbered from 1: those before the first one taken count, too.
    counter = SequenceCounter(after: 0)
  }

  /// Takes the newest frame, if there is one and it can be shown, and how the intake ended, if it did.
  mutating func next(
    of intake: FrameIntake, into image: inout Image
  ) -> (info: FrameInfo?, ending: FrameIntake.Ending?) {
    let taken = intake.take(&frame)
    for message in taken.messages { onEvent(.message(message)) }
    for damage in taken.damages { report(.damaged, damage) }
    guard taken.hasFrame else { return (nil, taken.ending) }
    // Out of `self`, which the decoder changes.
    var bytes: [UInt8] = []
    swap(&bytes, &frame)
    defer { swap(&bytes, &frame) }
    switch decoder.decode(bytes.span, format, into: &image) {
    case .refused(let reason):
      lastRefusal = reason
      report(.damaged, "frame \(taken.sequence) \(reason)")
      return (nil, taken.ending)
    case .shown(let odd):
      note(odd)
      if taken.followsPadding, !odd.contains(.padding) { note([.padding]) }
    }
    (lastShown, lastRefusal) = (.now, nil)
    let info = FrameInfo(
      sequence: taken.sequence, captured: taken.captured, dropped: counter.count(taken.sequence),
      position: taken.milliseconds.map { Double($0) / 1000 })
    return (info, taken.ending)
  }

  /// Counts a fault and tells of it.
  mutating func report(_ fault: Fault, _ detail: String) {
    faults[fault] += 1
    onEvent(.fault(fault, detail))
  }

  /// Counts that the source was opened again.
  mutating func countReconnect() { faults.reconnects += 1 }

  /// Waits for frames anew.
  mutating func hope() { (lastShown, lastRefusal) = (.now, nil) }

  private mutating func note(_ odd: [Oddity]) {
    for oddity in odd {
      oddities[oddity] += 1
      onEvent(.odd(oddity))
    }
  }
}
