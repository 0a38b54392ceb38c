/// What is known of a frame besides its pixels.
public struct FrameInfo: Sendable, Equatable {
  /// The driver's number of it, or its place in a stream; it wraps at 2^32.
  public var sequence: UInt32
  /// When it was captured: the driver's word, or when it was complete here.
  public var captured: MonotonicTime
  /// Frames between the last one handed out and this: lost, damaged, or passed over for a newer one.
  public var dropped: Int
  /// Its place in a recording, in seconds from the start; nil in what is live, or has no clock of its own.
  public var position: Double?

  /// What a source knows of a frame.
  public init(
    sequence: UInt32, captured: MonotonicTime, dropped: Int, position: Double? = nil
  ) {
    self.sequence = sequence
    self.captured = captured
    self.dropped = dropped
    self.position = position
  }
}

/// Counts frames that were not handed out, from sequence numbers that wrap and may start again.
package struct SequenceCounter {
  private var last: UInt32?

  /// A counter that begins with whatever comes, or after a frame.
  package init(after last: UInt32? = nil) { self.last = last }

  /// Frames between the last one counted and this; 0 after a new start.
  package mutating func count(_ sequence: UInt32) -> Int {
    defer { last = sequence }
    guard let last else { return 0 }
    let step = Int32(bitPattern: sequence &- last)
    return step > 0 ? Int(step) - 1 : 0
  }
}
