internal import Glibc
internal import Synchronization

/// The wish to stop: SIGINT or SIGTERM.
///
/// The first one lets the program write out what is done; a second one ends it at once. A handler takes them, not a mask:
/// libraries start threads before `main`, which no mask of ours would reach.
public enum Interruption {
  /// The first signal that came; 0 before.
  private static let received = Atomic<Int32>(0)
  /// Where the handler writes for the thread that reacts.
  private static let writing = Atomic<Int32>(-1)
  private static let reaction = Mutex<(@Sendable () -> Void)?>(nil)

  /// Takes the signals over; once a process.
  ///
  /// - Throws: when the system refuses a pipe or a thread.
  public static func catchSignals() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw .last }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reading = ends[0]
    // Also makes sure that the statics exist before a handler needs them.
    writing.store(ends[1], ordering: .sequentiallyConsistent)
    _ = received.load(ordering: .sequentiallyConsistent)
    try DetachedThread.start {
      var byte: UInt8 = 0
      while unsafe read(reading, &byte, 1) < 0, errno == EINTR {}
      reaction.withLock { $0?() }
    }
    for number in [SIGINT, SIGTERM] {
      signal(number, handle)
      unblock(number)
    }
  }

  /// Whoever started us may have blocked a signal, as threads of Dispatch do: a process inherits that.
  static func unblock(_ number: Int32) {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, number)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Sets what the first signal does, on another thread: it should wake whoever waits.
  public static func onSignal(_ react: @escaping @Sendable () -> Void) {
    reaction.withLock { reaction in
      reaction = react
      if hasCome { react() }
    }
  }

  /// Whether a signal has come.
  public static var hasCome: Bool { received.load(ordering: .sequentiallyConsistent) != 0 }

  /// If a signal has come, ends the process by it, so that the caller sees why.
  public static func endIfCome() {
    let number = received.load(ordering: .sequentiallyConsistent)
    if number != 0 { end(by: number) }
  }

  /// Ends the process as if `number` had not been handled.
  public static func end(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    unblock(number)
    raise(number)
    exit(128 + number)
  }

  /// Only what may be called in a handler: atomics and `write`.
  private static let handle: @convention(c) (Int32) -> Void = { number in
    let (isFirst, _) = received.compareExchange(
      expected: 0, desired: number, ordering: .sequentiallyConsistent)
    guard isFirst else {
      signal(number, SIG_DFL)
      raise(number)
      return
    }
    var byte: UInt8 = 1
    let code = errno
    _ = unsafe write(writing.load(ordering: .sequentiallyConsistent), &byte, 1)
    errno = code
  }
}
