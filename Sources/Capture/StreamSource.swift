import Basics
import Glibc
public import Imaging

/// Frames from a file, a pipe or stdin.
public final class StreamSource: FrameSource {
  /// What the bytes are.
  public enum Content: Sendable, Equatable {
    /// JPEG files one after another, as `ffmpeg -f mjpeg` writes them.
    case jpeg
    /// Raw frames.
    case raw(FrameFormat)
  }

  /// What the user calls it.
  public let name: String
  /// What went wrong so far.
  public private(set) var faults = FaultCounts()
  /// No frame will come any more.
  public private(set) var hasEnded = false
  /// A stream says nothing of its rate.
  public var interval: Double? { nil }
  /// A stream only waits for bytes.
  public var deadline: MonotonicTime? { nil }
  private let reader: StreamReader
  private var decoder: FrameDecoder
  private let format: FrameFormat?
  private var frame: [UInt8] = []
  /// Frames are numbered from 1: those before the first one taken count, too.
  private var counter = SequenceCounter(after: 0)
  private let onEvent: (SourceEvent) -> Void

  /// Opens `path`; - is stdin.
  ///
  /// A regular file has no time of its own: all its frames are handed out, as with `everyFrame`.
  /// - Throws: when it cannot be opened or the raw format is not one of ours.
  public init(
    path: String, content: Content, shortEdge: Int, everyFrame: Bool,
    onEvent: @escaping (SourceEvent) -> Void
  ) throws(CameraError) {
    let layout: FrameSplitter.Layout
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
    self.onEvent = onEvent
    decoder = FrameDecoder(shortEdge: shortEdge)
    reader = try StreamReader(
      descriptor: descriptor, layout: layout, everyFrame: everyFrame || isFile)
    let what = format.map(\.description) ?? "JPEG frames"
    onEvent(.started(isFile ? "\(what), all of a file" : everyFrame ? "\(what), all" : what))
  }

  deinit { reader.stop() }

  /// Readable when there is a frame, damage or the end.
  public var descriptor: Int32 { reader.ready.descriptor }

  /// Whether `jpeg` is wanted of frames to come.
  public var keepsJPEG: Bool {
    get { decoder.keepsJPEG }
    set { decoder.keepsJPEG = newValue }
  }

  /// Sides of the model's input, in pixels.
  public var modelEdge: Int {
    get { decoder.modelEdge }
    set { decoder.modelEdge = newValue }
  }

  /// The file of the frame last taken, if it was a JPEG, complete with its tables, and that is wanted.
  public var jpeg: [UInt8] { decoder.jpeg }

  /// The newest frame, or the next one where all are wanted.
  public func next(into image: inout Image) -> FrameInfo? {
    let taken = reader.take(&frame)
    for damage in taken.damages { report(.damaged, damage) }
    if let failure = taken.failure, !hasEnded {
      report(.stream, "read: \(SystemError(code: failure))")
    }
    hasEnded = taken.hasEnded
    guard taken.hasFrame else { return nil }
    let format = format ?? FrameFormat(code: .mjpg, width: 0, height: 0)
    if let damage = decoder.decode(frame.span, format, into: &image) {
      report(.damaged, "frame \(taken.sequence): \(damage)")
      return nil
    }
    return FrameInfo(
      sequence: taken.sequence, captured: taken.captured,
      dropped: counter.count(taken.sequence))
  }

  private func report(_ fault: Fault, _ detail: String) {
    faults[fault] += 1
    onEvent(.fault(fault, detail))
  }
}
