import Capture
import Glibc

/// Standard output of a program that must end at once when told to, even while nobody reads.
struct LiveOutput {
  /// Wakes a waiting write; then `mayGoOn` is asked.
  let wake: WakePipe
  let mayGoOn: () -> Bool

  /// Writes a text; false when its reader has gone or it is time to end.
  func write(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      var wanted = [
        pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&wanted, 2, -1) > 0 else { continue }
      if wanted[1].revents != 0 {
        wake.clear()
        guard mayGoOn() else { return false }
      }
      guard wanted[0].revents != 0 else { continue }
      // A pipe that polls writable takes this much without waiting.
      let count = rest.prefix(4096).withUnsafeBytes {
        Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        return false
      }
    }
    return true
  }
}
