import Basics
import Glibc
package import Imaging

/// Frames of a feed, which is started again when it breaks off, if it is live.
package final class FeedSource: FrameSource {
  /// Without a frame that can be shown for so long a live feed is started again.
  static let timeout = 10.0
  /// A feed that never gave a frame is given up after so long, or so many attempts: then its name is wrong, rather.
  private static let firstPatience = 20.0
  private static let firstAttempts = 5
  private static let shortestPause = 0.1
  private static let longestPause = 10.0
  /// A feed that lasts so long is sound: the next time it breaks off, it is started again at once.
  private static let soundAfter = 5.0

  /// What the user calls it.
  package let name: String
  /// No frame will come any more.
  package private(set) var hasEnded = false
  /// A feed says nothing of its rate.
  package var interval: Double? { nil }
  private var feed: any FrameFeed
  /// Reads what the first feed cannot.
  private let substitute: ((FrameIntake.Foreign) throws(CameraError) -> any FrameFeed)?
  private let everyFrame: Bool
  private let onEvent: (SourceEvent) -> Void
  private let ready: WakePipe
  private let start = MonotonicTime.now
  private var frames: IntakeFrames
  /// Nil while the feed is away.
  private var intake: FrameIntake?
  private var sequence: UInt32 = 0
  private var hasShown = false
  private var attempts = 0
  private var pause = FeedSource.shortestPause
  private var retryAt: MonotonicTime?
  private var begunAt = MonotonicTime.now
  private var lostAt: MonotonicTime?
  private var lastFailure: String?

  /// A source that starts a feed at once.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - feed: what delivers frames.
  ///   - substitute: makes what reads it if `feed` cannot.
  ///   - shortEdge: that is needed for the model's input; nil for all that frames have.
  ///   - everyFrame: whether all frames of a live feed are wanted.
  ///   - onEvent: told of what happens.
  /// - Throws: when the system refuses a thread or a pipe.
  package init(
    name: String, feed: any FrameFeed,
    substitute: ((FrameIntake.Foreign) throws(CameraError) -> any FrameFeed)? = nil,
    shortEdge: Int?, everyFrame: Bool, onEvent: @escaping (SourceEvent) -> Void
  ) throws(CameraError) {
    self.name = name
    self.feed = feed
    self.substitute = substitute
    self.everyFrame = everyFrame
    self.onEvent = onEvent
    frames = IntakeFrames(nil, shortEdge: shortEdge, onEvent: onEvent)
    do {
      ready = try WakePipe()
    } catch {
      throw .failed(name, call: "pipe", number: error.code)
    }
    onEvent(.started(feed.summary))
    begin()
  }

  deinit { intake?.stop() }

  /// What went wrong so far.
  package var faults: FaultCounts { frames.faults }

  /// What was odd about frames that were shown, so far.
  package var oddities: OddityCounts { frames.oddities }

  /// Readable when there is a frame, a message or the end.
  package var descriptor: Int32 { intake == nil ? -1 : ready.descriptor }

  /// When to try again, or to give up waiting for a frame.
  package var deadline: MonotonicTime? {
    if intake == nil { return retryAt }
    return feed.isRecording ? nil : frames.lastShown + patience
  }

  /// How long a live feed may show nothing: less where frames come, and all of them are dropped.
  private var patience: Double {
    frames.lastRefusal == nil ? Self.timeout : IntakeFrames.patience
  }

  /// Whether `jpeg` is wanted of frames to come.
  package var keepsJPEG: Bool {
    get { frames.decoder.keepsJPEG }
    set { frames.decoder.keepsJPEG = newValue }
  }

  /// Sides of the model's input, in pixels.
  package var modelEdge: Int? {
    get { frames.decoder.modelEdge }
    set { frames.decoder.modelEdge = newValue }
  }

  /// The file of the frame last taken, if that is wanted.
  package var jpeg: [UInt8] { frames.decoder.jpeg }

  /// The newest frame, or the next one where all are wanted; starts the feed again when it is time to.
  package func next(into image: inout Image) -> FrameInfo? {
    if intake == nil, !hasEnded, retryAt.map({ $0 <= .now }) ?? true { begin() }
    guard let intake else { return nil }
    var (info, ending) = frames.next(of: intake, into: &image)
    // What is live begins anew each time it is started again.
    if !feed.isRecording { info?.position = nil }
    if let info { noteShown(info) }
    if let ending {
      finish(ending)
    } else if !feed.isRecording, .now - frames.lastShown > patience {
      let stall = CameraError.stalled(
        name, seconds: Int(patience), reason: frames.lastRefusal)
      lose(.stalled, "\(stall)", mayComeBack: true)
    }
    return info
  }

  private func noteShown(_ info: FrameInfo) {
    sequence = info.sequence
    hasShown = true
    if .now - begunAt > Self.soundAfter { pause = Self.shortestPause }
    lastFailure = nil
    guard let lostAt else { return }
    frames.countReconnect()
    onEvent(.resumed(after: .now - lostAt, feed.summary))
    self.lostAt = nil
  }

  private func begin() {
    retryAt = nil
    begunAt = .now
    frames.hope()
    do throws(SystemError) {
      let intake = try FrameIntake(
        feed.layout, everyFrame: everyFrame || feed.isRecording, after: sequence, ready: ready)
      self.intake = intake
      try feed.start(intake)
    } catch {
      lose(.stream, "thread or pipe: \(error)", mayComeBack: true)
    }
  }

  private func finish(_ ending: FrameIntake.Ending) {
    switch ending {
    case .complete where feed.isRecording:
      intake = nil
      hasEnded = true
    case .complete: lose(.disconnected, "the stream has ended", mayComeBack: true)
    case .failed(let reason): lose(.disconnected, reason, mayComeBack: true)
    // Once it has worked, what refuses it now may be a camera that is just starting.
    case .refused(let reason): lose(.stream, reason, mayComeBack: hasShown)
    case .foreign(let foreign): replaceFeed(foreign)
    }
  }

  /// Goes on with what reads other kinds of streams.
  private func replaceFeed(_ foreign: FrameIntake.Foreign) {
    let kind = foreign.kind
    guard let substitute else {
      return lose(.stream, "gives \(kind), not pictures", mayComeBack: false)
    }
    do {
      intake?.stop()
      feed = try substitute(foreign)
      onEvent(.started("gives \(kind), \(feed.summary)"))
      begin()
    } catch {
      lose(.stream, "gives \(kind): \(error)", mayComeBack: false)
    }
  }

  private func lose(_ fault: Fault, _ reason: String, mayComeBack: Bool) {
    intake?.stop()
    intake = nil
    attempts += 1
    // A recording breaks off for good; its frames so far stay.
    let isFirst = !hasShown && (attempts >= Self.firstAttempts || .now - start > Self.firstPatience)
    hasEnded = feed.isRecording || !mayComeBack || isFirst
    // The same answer again is no news; that it is given up is.
    if lastFailure != reason || hasEnded {
      frames.report(
        hasEnded ? .stream : fault, hasEnded && isFirst ? "\(reason); given up" : reason)
    }
    lastFailure = reason
    guard !hasEnded else { return }
    if hasShown { lostAt = lostAt ?? .now }
    retryAt = .now + pause
    pause = min(pause * 2, Self.longestPause)
  }
}
