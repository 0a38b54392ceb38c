internal import Glibc

/// Tells when the file at a path was replaced or written to.
///
/// It looks by `stat`, once a second. inotify tells sooner, but it watches folders: it misses a link that is turned to
/// another folder, and what other machines write on a shared file system. Nobody misses the second.
public final class FileWatch: Sendable {
  private let path: PathName
  private let milliseconds: Int32
  private let request: WakePipe
  private let first: FileVersion?

  /// A watch for changes from now on.
  ///
  /// - Parameters:
  ///   - path: of a file; links are followed each time.
  ///   - interval: seconds from look to look.
  /// - Throws: when the system refuses a pipe.
  public init(path: String, interval: Double = 1) throws(SystemError) {
    self.path = PathName(path)
    milliseconds = Int32((interval * 1000).rounded(.up))
    request = try WakePipe()
    first = FileVersion(of: self.path)
  }

  /// Calls `react` after each change, on a thread of its own that ends with the watch.
  ///
  /// - Throws: when the system refuses a thread.
  public func start(_ react: @escaping @Sendable () -> Void) throws(SystemError) {
    let first = first
    try DetachedThread.start { [weak self] in
      var (known, seen) = (first, first)
      while let watch = self {
        let isAsked = watch.waitForRequest()
        let state = FileVersion(of: watch.path)
        // A file that is being copied to its place changes from look to look: it has to come to rest.
        let isNew = state != nil && state == seen && state != known
        seen = state
        guard isAsked || isNew else { continue }
        known = state
        react()
      }
    }
  }

  /// Has `react` called soon, whether or not the file has changed.
  public func trigger() { request.wake() }

  /// Waits until it is time to look again; whether `trigger` was called.
  private func waitForRequest() -> Bool {
    var wanted = pollfd(fd: request.descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&wanted, 1, milliseconds) > 0 else { return false }
    request.clear()
    return true
  }
}
