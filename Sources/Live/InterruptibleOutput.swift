package import Basics
internal import Glibc

/// An output of a program that must end at once when told to, even while nobody reads.
package final class InterruptibleOutput {
  /// Why nothing more could be written; nil where all was, or its reader has gone.
  package private(set) var failure: SystemError?
  private let descriptor: Int32
  private let wake: WakePipe
  private let isInterrupted: () -> Bool

  /// An output to an open file; `wake` wakes a waiting write, which then looks at `isInterrupted`.
  package init(descriptor: Int32, wake: WakePipe, isInterrupted: @escaping () -> Bool) {
    self.descriptor = descriptor
    self.wake = wake
    self.isInterrupted = isInterrupted
  }

  /// Writes a text; false when its reader has gone, it fails, or it is time to end.
  package func write(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      var wanted = [
        pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      // A signal ends the waiting, too.
      guard unsafe poll(&wanted, 2, -1) > 0 else { continue }
      if wanted[1].revents != 0 {
        wake.clear()
        guard !isInterrupted() else { return false }
      }
      guard wanted[0].revents != 0 else { continue }
      // A pipe that polls writable takes this much without waiting.
      let count = unsafe rest.prefix(4096).withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        if errno != EPIPE { failure = .last }
        return false
      }
    }
    return true
  }
}
