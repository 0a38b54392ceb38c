internal import Capture
internal import Classification
internal import Live

/// A frame that may be kept, and what was found in it, if it was classified.
struct SeenFrame: Sendable {
  var frame: ShownFrame
  var record: Record?
}

/// The last frames of a source, some a second, bounded in time and memory.
struct FrameRing {
  /// Seconds from one frame to the next: a few a second show how something came about.
  static let spacing = 0.25

  private let seconds: Double
  private let limit: Int
  /// Oldest first.
  private var frames: [SeenFrame] = []
  private var bytes = 0

  /// No frames yet.
  ///
  /// - Parameters:
  ///   - seconds: frames older than that are forgotten.
  ///   - bytes: of the files or pixels held, at most.
  init(seconds: Double, bytes: Int) {
    self.seconds = seconds
    limit = bytes
  }

  /// Adds a frame, unless the one before was just then.
  mutating func add(_ new: SeenFrame) {
    guard seconds > 0 else { return }
    // After a jump back nothing of it is from before.
    if let last = frames.last, new.frame.time < last.frame.time { removeAll() }
    if let last = frames.last, new.frame.time - last.frame.time < Self.spacing { return }
    frames.append(new)
    bytes += new.frame.content.bytes
    while let first = frames.first,
      bytes > limit || new.frame.time - first.frame.time > seconds
    {
      bytes -= first.frame.content.bytes
      frames.removeFirst()
    }
  }

  /// Takes out the frames from before a moment.
  mutating func take(before time: MonotonicTime) -> [SeenFrame] {
    defer { removeAll() }
    return frames.filter { $0.frame.time < time && time - $0.frame.time <= seconds }
  }

  private mutating func removeAll() {
    frames = []
    bytes = 0
  }
}
