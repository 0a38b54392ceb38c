/// What can go wrong with a source that goes on afterwards; the raw value names its count in the
/// output.
public enum Fault: String, Sendable, CaseIterable {
  /// A JPEG frame that would mislead; skipped: ``FrameRule``.
  case damaged
  /// A raw frame with too few bytes; skipped.
  case short
  /// A frame that the driver marks as damaged; skipped.
  case marked
  /// A time stamp that cannot be; the frame counts as captured when it was taken.
  case timestamp
  /// A buffer that the driver did not take back at once.
  case queue
  /// No valid frame for a while.
  case stalled
  /// Streaming failed, or starting it.
  case stream
  /// The device has gone.
  case disconnected
  /// The format changed while streaming.
  case format

  /// Whether no frames can come until the source is opened again.
  package var endsStreaming: Bool {
    switch self {
    case .disconnected, .stalled, .format, .stream: true
    case .damaged, .short, .marked, .timestamp, .queue: false
    }
  }
}

/// What a source says besides its frames.
public enum SourceEvent: Sendable {
  /// Frames come now, in this format and for this reason.
  case started(String)
  /// Something went wrong; details for a person.
  case fault(Fault, String)
  /// A frame is odd and shown all the same.
  case odd(Oddity)
  /// What another program that reads the source has to say.
  case message(String)
  /// It is back after so many seconds.
  case resumed(after: Double, String)
}

/// Counts of what went wrong with a source since its start.
public struct FaultCounts: Sendable, Equatable {
  private var counts: [Fault: Int] = [:]
  /// How often it was opened again.
  public package(set) var reconnects = 0

  /// Nothing went wrong yet.
  public init() {}

  /// How often a fault occurred.
  public package(set) subscript(fault: Fault) -> Int {
    get { counts[fault] ?? 0 }
    set { counts[fault] = newValue }
  }

  /// Name and count of all that occurred, in a fixed order.
  public var occurred: [(name: String, count: Int)] {
    let faults = Fault.allCases.map { (name: $0.rawValue, count: self[$0]) }
    return (faults + [(name: "reconnects", count: reconnects)]).filter { $0.count > 0 }
  }
}
