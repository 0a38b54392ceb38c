import Glibc

/// State behind a lock, with waiting for a condition on it.
///
/// `@unchecked Sendable`: `state` is touched with the lock held only, and the two pthread objects are made
/// to be shared.
final class Monitor<State>: @unchecked Sendable {
  private var state: State
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(_ state: State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Waits until `condition` holds, then calls `body`, and wakes whoever waits for what it changed.
  func when<Result>(
    _ condition: (State) -> Bool, _ body: (inout State) throws -> Result
  ) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !condition(state) { pthread_cond_wait(changed, mutex) }
    defer { pthread_cond_broadcast(changed) }
    return try body(&state)
  }

  /// Calls `body` at once, and wakes whoever waits for what it changed.
  func with<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    try when({ _ in true }, body)
  }
}
