internal import Glibc

/// A pipe whose only message is "look again", so that poll can wait for another thread.
public final class WakePipe: Sendable {
  /// For poll.
  public let descriptor: Int32
  private let writing: Int32

  /// A pipe that is quiet.
  ///
  /// - Throws: when the system refuses it.
  public init() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw .last }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    descriptor = ends[0]
    writing = ends[1]
  }

  deinit {
    close(descriptor)
    close(writing)
  }

  /// Makes `descriptor` readable.
  public func wake() {
    var byte: UInt8 = 1
    // A full pipe is readable already.
    _ = unsafe write(writing, &byte, 1)
  }

  /// Waits until `descriptor` is readable, or for a time.
  ///
  /// - Parameter seconds: the longest wait; a signal may end it earlier, too.
  public func wait(seconds: Double) {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    unsafe poll(&wanted, 1, Int32(min(1e6, max(0, seconds * 1000)).rounded(.up)))
  }

  /// Makes `descriptor` quiet again.
  public func clear() {
    var bytes: (UInt64, UInt64) = (0, 0)
    while unsafe read(descriptor, &bytes, MemoryLayout.size(ofValue: bytes)) > 0 {}
  }
}
