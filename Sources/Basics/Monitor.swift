internal import Glibc

/// State behind a lock, with waiting for a condition on it.
///
/// `@unchecked Sendable`: `state` is touched with the lock held only, and the two pthread objects are made
/// to be shared.
@safe public final class Monitor<State>: @unchecked Sendable {
  private var state: State
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// State that is guarded from now on.
  public init(_ state: State) {
    self.state = state
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Waits until `condition` holds, then calls `body`, and wakes whoever waits for what it changed.
  public func when<Result>(
    _ condition: (State) -> Bool, _ body: (inout State) throws -> Result
  ) rethrows -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while !condition(state) { unsafe pthread_cond_wait(changed, mutex) }
    defer { unsafe pthread_cond_broadcast(changed) }
    return try body(&state)
  }

  /// Calls `body` at once, and wakes whoever waits for what it changed.
  public func with<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    try when({ _ in true }, body)
  }
}
