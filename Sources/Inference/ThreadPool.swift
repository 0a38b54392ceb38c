import CKernels
import Synchronization

/// Threads that run one body together; the caller is the first of them.
@safe
final class ThreadPool: @unchecked Sendable {
  // Sendable: the C side synchronises its threads, `running` admits one run at a time.
  private let pool: OpaquePointer
  private let running = Mutex(())
  let count: Int

  init(count: Int) throws(InferenceError) {
    guard (1...256).contains(count) else { throw .invalidThreadCount(count) }
    guard let pool = unsafe ck_pool_create(UInt32(count)) else { throw .noThreads(count) }
    unsafe self.pool = unsafe pool
    self.count = count
  }

  deinit {
    unsafe ck_pool_destroy(pool)
  }

  /// Runs `body(context, thread)` on every thread and returns when all have.
  func run<Context: AnyObject>(
    _ context: Context, _ body: @convention(c) (UnsafeMutableRawPointer, UInt32) -> Void
  ) {
    running.withLock { _ in
      let pointer = unsafe Unmanaged.passUnretained(context).toOpaque()
      unsafe ck_pool_run(pool, body, pointer)
    }
  }

  /// Waits, within a body, until every thread has come here.
  func barrier() {
    unsafe ck_pool_barrier(pool)
  }
}
