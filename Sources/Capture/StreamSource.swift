import Basics
import Glibc
public import Imaging

/// Frames from a file, a pipe or stdin.
public final class StreamSource: FrameSource {
  /// What the bytes are.
  public enum Content: Sendable, Equatable {
    /// JPEG files one after another, as `ffmpeg -f mjpeg` writes them; what lies between them is passed over.
    case jpeg
    /// Raw frames.
    case raw(FrameFormat)
  }

  /// What the user calls it.
  public let name: String
  /// No frame will come any more.
  public private(set) var hasEnded = false
  /// A stream says nothing of its rate.
  public var interval: Double? { nil }
  /// A stream only waits for bytes.
  public var deadline: MonotonicTime? { nil }
  private let intake: FrameIntake
  private var frames: IntakeFrames
  private var hasComplained = false

  /// Opens `path`; - is stdin.
  ///
  /// A regular file has no time of its own: all its frames are handed out, as with `everyFrame`.
  /// - Throws: when it cannot be opened or the raw format is not one of ours.
  public init(
    path: String, content: Content, shortEdge: Int?, everyFrame: Bool,
    onEvent: @escaping (SourceEvent) -> Void
  ) throws(CameraError) {
    let layout: FrameSplitter.Layout
    let format: FrameFormat?
    switch content {
    case .jpeg:
      (layout, format) = (.jpeg, nil)
    case .raw(let raw):
      guard let bytes = raw.layout?.byteCount else {
        throw .noUsableFormat(path, offered: [raw.code])
      }
      (layout, format) = (.raw(bytes), raw)
    }
    let descriptor =
      path == "-"
      ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .failed(path, call: "open", number: errno) }
    var status = stat()
    let kind = unsafe fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
    guard kind != S_IFDIR else {
      close(descriptor)
      throw .failed(path, call: "read", number: EISDIR)
    }
    let isFile = kind == S_IFREG
    name = path == "-" ? "stdin" : path
    frames = IntakeFrames(format, shortEdge: shortEdge, onEvent: onEvent)
    do throws(SystemError) {
      intake = try FrameIntake(layout, everyFrame: everyFrame || isFile, ready: WakePipe())
      try DetachedThread.start { [intake] in
        let error = StreamReader.read(descriptor, into: intake)
        intake.end(error.map { .failed("read: \($0)") } ?? .complete)
        close(descriptor)
      }
    } catch {
      close(descriptor)
      throw .failed(name, call: "pipe or thread", number: error.code)
    }
    let what = format.map(\.description) ?? "JPEG frames"
    onEvent(.started(isFile ? "\(what), all of a file" : everyFrame ? "\(what), all" : what))
  }

  deinit { intake.stop() }

  /// What went wrong so far.
  public var faults: FaultCounts { frames.faults }

  /// What was odd about frames that were shown, so far.
  public var oddities: OddityCounts { frames.oddities }

  /// Readable when there is a frame, damage or the end.
  public var descriptor: Int32 { intake.ready.descriptor }

  /// Whether `jpeg` is wanted of frames to come.
  public var keepsJPEG: Bool {
    get { frames.decoder.keepsJPEG }
    set { frames.decoder.keepsJPEG = newValue }
  }

  /// Sides of the model's input, in pixels.
  public var modelEdge: Int? {
    get { frames.decoder.modelEdge }
    set { frames.decoder.modelEdge = newValue }
  }

  /// The file of the frame last taken, if it was a JPEG, complete with its tables, and that is wanted.
  public var jpeg: [UInt8] { frames.decoder.jpeg }

  /// The newest frame, or the next one where all are wanted.
  public func next(into image: inout Image) -> FrameInfo? {
    let (info, ending) = frames.next(of: intake, into: &image)
    if let ending, !hasEnded {
      if case .failed(let reason) = ending { frames.report(.stream, reason) }
      hasEnded = true
    }
    if info != nil { hasComplained = false }
    complainOfRefusals()
    return info
  }

  /// Says once why nothing is seen of a stream all of whose frames are dropped.
  private func complainOfRefusals() {
    let seconds = MonotonicTime.now - frames.lastShown
    guard !hasComplained, let reason = frames.lastRefusal, seconds > IntakeFrames.patience else {
      return
    }
    hasComplained = true
    let error = CameraError.stalled(name, seconds: Int(seconds), reason: reason)
    frames.report(.stalled, "\(error)")
  }
}
