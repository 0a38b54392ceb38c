internal import Glibc
internal import Synchronization

/// SIGHUP as services take it: the wish to read again what was read at the start.
///
/// The system sends it, too, when a terminal is closed: then the process ends by it, as if it were not handled,
/// since whoever started it there is gone. What `nohup` started goes on.
public enum HangUp {
  /// Where the handler writes for the thread that reacts.
  private static let writing = Atomic<Int32>(-1)

  /// Takes the signal over, once a process: each calls `react`, on a thread of its own.
  ///
  /// - Throws: when the system refuses a pipe or a thread.
  public static func onSignal(_ react: @escaping @Sendable () -> Void) throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw .last }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // A handler may not wait, and a full pipe says enough.
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    let reading = ends[0]
    writing.store(ends[1], ordering: .sequentiallyConsistent)
    let endsWithTerminal = hasTerminal && !isIgnored
    try DetachedThread.start {
      while true {
        var bytes: UInt64 = 0
        while unsafe read(reading, &bytes, MemoryLayout.size(ofValue: bytes)) < 0, errno == EINTR {}
        if endsWithTerminal, !hasTerminal { Interruption.end(by: SIGHUP) }
        react()
      }
    }
    signal(SIGHUP, handle)
    Interruption.unblock(SIGHUP)
  }

  /// Whether the process belongs to a terminal that is still there.
  private static var hasTerminal: Bool {
    let descriptor = unsafe open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    close(descriptor)
    return true
  }

  /// Whether whoever started the process wants it to outlive the terminal.
  private static var isIgnored: Bool {
    var action = sigaction()
    guard unsafe sigaction(SIGHUP, nil, &action) == 0 else { return false }
    let handler = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return handler == ignoring
  }

  /// Only what may be called in a handler: atomics and `write`.
  private static let handle: @convention(c) (Int32) -> Void = { _ in
    var byte: UInt8 = 1
    let code = errno
    _ = unsafe write(writing.load(ordering: .sequentiallyConsistent), &byte, 1)
    errno = code
  }
}
