import Glibc

/// A moment of the clock that never jumps, which is also the clock of V4L2's time stamps.
public struct MonotonicTime: Sendable, Comparable {
  /// Nanoseconds since the machine's start.
  public var nanoseconds: Int64

  /// The moment that many nanoseconds after the machine's start.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Now.
  public static var now: MonotonicTime { reading(CLOCK_MONOTONIC) }

  /// Orders moments by time.
  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The moment that many seconds later.
  public static func + (a: Self, seconds: Double) -> Self {
    Self(nanoseconds: a.nanoseconds + Int64(seconds * 1e9))
  }

  /// The seconds from one moment to another.
  public static func - (a: Self, b: Self) -> Double {
    Double(a.nanoseconds - b.nanoseconds) / 1e9
  }

  /// The wall clock at this moment, in nanoseconds since 1970.
  public var wallClock: Int64 {
    Self.reading(CLOCK_REALTIME).nanoseconds - (Self.now.nanoseconds - nanoseconds)
  }

  private static func reading(_ clock: clockid_t) -> MonotonicTime {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
