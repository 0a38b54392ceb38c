import Glibc
import Synchronization

/// The wish to stop: SIGINT or SIGTERM.
///
/// The first one lets the program write out what is done; a second one ends it at once.
final class Interruption: Sendable {
  private let signal = Atomic<Int32>(0)
  private let reaction = Mutex<(@Sendable () -> Void)?>(nil)

  /// Takes the signals over.
  ///
  /// Call it before any other thread starts, since threads inherit the mask.
  init() throws(SystemError) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    try DetachedThread.start { [self] in
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, SIGINT)
      sigaddset(&set, SIGTERM)
      while true {
        var received: Int32 = 0
        guard sigwait(&set, &received) == 0 else { continue }
        let (first, _) = signal.compareExchange(
          expected: 0, desired: received, ordering: .sequentiallyConsistent)
        guard first else { Self.end(by: received) }
        reaction.withLock { $0?() }
      }
    }
  }

  /// Sets what the first signal does, on another thread: it should wake whoever waits.
  func onSignal(_ react: @escaping @Sendable () -> Void) {
    reaction.withLock { reaction in
      reaction = react
      if hasCome { react() }
    }
  }

  /// Whether a signal has come.
  var hasCome: Bool { signal.load(ordering: .sequentiallyConsistent) != 0 }

  /// If a signal has come, ends the process by it, so that the caller sees why.
  func endIfCome() {
    let received = signal.load(ordering: .sequentiallyConsistent)
    if received != 0 { Self.end(by: received) }
  }

  /// Ends the process as if `number` had not been handled.
  static func end(by number: Int32) -> Never {
    Glibc.signal(number, SIG_DFL)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
    exit(128 + number)
  }
}
