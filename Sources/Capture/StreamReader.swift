import Basics
import Glibc

/// Reads an open file into an intake until its end, or until the intake should stop.
enum StreamReader {
  private static let readSize = 1 << 18

  /// Reads on this thread; returns why reading failed, nil at the end.
  static func read(_ descriptor: Int32, into intake: FrameIntake) -> SystemError? {
    var wanted = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: intake.control.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while waitForBytes(&wanted, intake) {
      var error: Int32 = 0
      let got = unsafe intake.feed(upTo: readSize) { buffer in
        let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 { error = errno }
        return count
      }
      guard let got, got != 0 else { return nil }
      if got < 0 && error != EINTR && error != EAGAIN { return SystemError(code: error) }
    }
    return nil
  }

  /// False when it is time to stop.
  private static func waitForBytes(_ wanted: inout [pollfd], _ intake: FrameIntake) -> Bool {
    while true {
      if intake.shouldStop { return false }
      guard unsafe poll(&wanted, 2, -1) > 0 else { continue }
      if wanted[1].revents != 0 { intake.control.clear() }
      if wanted[0].revents != 0 { return true }
    }
  }
}
