import Glibc
public import Imaging

/// Frames from a camera that may go and come back: opens it again by the same name.
public final class CameraSource: FrameSource {
  /// Without a valid frame for so long the camera is opened again.
  public static let timeout = 5.0
  private static let shortestPause = 0.1
  private static let longestPause = 5.0
  /// Failures of the first opening that may pass are tried again so often.
  private static let firstAttempts = 5

  /// The device's name, as given.
  public let name: String
  /// What went wrong so far.
  public private(set) var faults = FaultCounts()
  /// What was odd about frames that were shown, so far.
  public private(set) var oddities = OddityCounts()
  /// A camera never ends.
  public let hasEnded = false
  private let request: ModeRequest
  private let onEvent: (SourceEvent) -> Void
  private var camera: Camera?
  private var decoder: FrameDecoder
  private var counter = SequenceCounter()
  private var lastValid = MonotonicTime.now
  /// Why the last frame was dropped, if none has been shown since.
  private var lastRefusal: String?
  /// Streaming often starts in the middle of a frame: what is wrong with the first one is no fault.
  private var mayForgive = true
  private var lostAt: MonotonicTime?
  private var pause = CameraSource.shortestPause
  private var retryAt: MonotonicTime?
  private var lastFailure: CameraError?

  /// Opens a camera; faults that may pass are tried again a few times.
  ///
  /// - Throws: when it is not there, may not be used or cannot do what is asked.
  public init(
    path: String, request: ModeRequest, onEvent: @escaping (SourceEvent) -> Void
  ) throws(CameraError) {
    name = path
    self.request = request
    self.onEvent = onEvent
    decoder = FrameDecoder(shortEdge: request.shortEdge)
    for attempt in 1... {
      do {
        try open()
        break
      } catch {
        guard error.isTransient, attempt < Self.firstAttempts else { throw error }
        report(Self.fault(for: error), "\(error)")
        usleep(UInt32(pause * 1e6))
        pause *= 2
      }
    }
  }

  /// The interval that the driver has granted, in seconds.
  public var interval: Double? { camera?.interval?.seconds }

  /// What the driver delivers now; nil while the camera is away.
  public var format: FrameFormat? { camera?.format }

  /// Readable with a frame or a fault.
  public var descriptor: Int32 { camera?.descriptor ?? -1 }

  /// When to try again, or to give up waiting for a frame.
  public var deadline: MonotonicTime? { retryAt ?? lastValid + Self.timeout }

  /// Whether `jpeg` is wanted of frames to come.
  public var keepsJPEG: Bool {
    get { decoder.keepsJPEG }
    set { decoder.keepsJPEG = newValue }
  }

  /// Sides of the model's input, in pixels; the mode stays that which was chosen at the start.
  public var modelEdge: Int? {
    get { decoder.modelEdge }
    set { decoder.modelEdge = newValue }
  }

  /// The file of the frame last taken, if it was a JPEG, complete with its tables, and that is wanted.
  public var jpeg: [UInt8] { decoder.jpeg }

  /// The newest valid frame, if there is one.
  ///
  /// Opens the camera again when it is time to.
  public func next(into image: inout Image) -> FrameInfo? {
    if camera == nil { reopen() }
    guard camera != nil else { return nil }
    do throws(CameraError) {
      return try newest(into: &image)
    } catch {
      lose(error)
      return nil
    }
  }

  private func newest(into image: inout Image) throws(CameraError) -> FrameInfo? {
    var info: FrameInfo?
    guard let format = camera?.format else { return nil }
    _ = try camera?.takeNewest(
      accept: { frame, sequence, captured in
        switch decoder.decode(frame, format, into: &image) {
        case .refused(let reason):
          refuse(.damaged, "frame \(sequence) \(reason)", reason)
          return false
        case .shown(let odd):
          for oddity in odd {
            oddities[oddity] += 1
            onEvent(.odd(oddity))
          }
        }
        info = FrameInfo(
          sequence: sequence, captured: captured, dropped: counter.count(sequence))
        return true
      },
      report: { fault, detail in
        switch fault {
        case .marked: refuse(fault, detail, "was marked as damaged by the driver")
        case .short: refuse(fault, detail, "was too short")
        default: report(fault, detail)
        }
      })
    if info != nil {
      lastValid = .now
      lastRefusal = nil
      mayForgive = false
      pause = Self.shortestPause
    } else if .now - lastValid > Self.timeout {
      throw .stalled(name, seconds: Int(Self.timeout), reason: lastRefusal)
    }
    return info
  }

  private func open() throws(CameraError) {
    let opened = try Camera(path: name, request: request)
    decoder.converter = opened.makeConverter()
    counter = SequenceCounter()
    lastValid = .now
    (lastRefusal, mayForgive) = (nil, true)
    retryAt = nil
    lastFailure = nil
    if let lostAt {
      faults.reconnects += 1
      onEvent(.resumed(after: .now - lostAt, opened.summary))
    } else {
      onEvent(.started(opened.summary))
    }
    lostAt = nil
    camera = consume opened
  }

  private func reopen() {
    guard retryAt.map({ $0 <= .now }) ?? true else { return }
    do {
      try open()
    } catch {
      // The same answer again is no news.
      if lastFailure != error && isNews(error) { report(Self.fault(for: error), "\(error)") }
      lastFailure = error
      waitBeforeRetry()
    }
  }

  /// That an unplugged camera is not there is no news either.
  private func isNews(_ error: CameraError) -> Bool {
    switch error {
    case .notFound, .disconnected, .notCaptureDevice: lastFailure == nil && lostAt == nil
    default: true
    }
  }

  private func lose(_ error: CameraError) {
    decoder.converter = nil
    camera = nil
    lostAt = lostAt ?? .now
    report(Self.fault(for: error), "\(error)")
    lastFailure = nil
    waitBeforeRetry()
  }

  private func waitBeforeRetry() {
    retryAt = .now + pause
    pause = min(pause * 2, Self.longestPause)
  }

  /// Notes why a frame was dropped.
  private func refuse(_ fault: Fault, _ detail: String, _ reason: String) {
    lastRefusal = reason
    guard !mayForgive else {
      mayForgive = false
      return
    }
    report(fault, detail)
  }

  private func report(_ fault: Fault, _ detail: String) {
    faults[fault] += 1
    onEvent(.fault(fault, detail))
  }

  private static func fault(for error: CameraError) -> Fault {
    switch error {
    case .disconnected, .notFound, .notCaptureDevice: .disconnected
    case .stalled: .stalled
    case .formatChanged, .noUsableFormat, .modeNotOffered: .format
    case .failed, .busy, .permissionDenied, .needsFFmpeg: .stream
    }
  }
}
