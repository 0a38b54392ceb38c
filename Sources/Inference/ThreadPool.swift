import CKernels
import CThreads
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
    guard let pool = unsafe ct_pool_create(UInt32(count)) else { throw .noThreads(count) }
    unsafe self.pool = unsafe pool
    self.count = count
  }

  /// The caller, without further threads.
  static func callerAlone() -> ThreadPool {
    do {
      return try ThreadPool(count: 1)
    } catch {
      // There is no thread to be refused: as for every buffer, a few bytes are taken for granted.
      preconditionFailure("\(error)")
    }
  }

  deinit {
    unsafe ct_pool_destroy(pool)
  }

  /// Runs `body(context, thread)` on every thread and returns when all have.
  func run<Context: AnyObject>(
    _ context: Context, _ body: @convention(c) (UnsafeMutableRawPointer, UInt32) -> Void
  ) {
    running.withLock { _ in
      let pointer = unsafe Unmanaged.passUnretained(context).toOpaque()
      unsafe ct_pool_run(pool, body, pointer)
    }
  }

  /// Waits, within a body, until every thread has come here.
  ///
  /// - Returns: the products done meanwhile for threads that are late.
  func barrier(_ thread: Int) -> Int {
    unsafe Int(ct_pool_barrier(pool, UInt32(thread)))
  }

  /// `output` `[rows, stride]` = or += `rows` times all of `layer`, within a body; threads at the
  /// barrier help.
  ///
  /// - Returns: the products done by this thread.
  func linear(
    _ thread: Int, _ kernels: Kernels, _ layer: ck_linear, _ rows: ck_rows,
    to output: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool
  ) -> Int {
    var product = unsafe ck_product(
      kernels: kernels.table, layer: layer, rows: rows, out: output, out_stride: stride,
      accumulate: accumulating)
    let panels = unsafe UInt32(ck_product_panels(&product))
    return unsafe Int(ct_pool_share(pool, UInt32(thread), panels, ck_multiply, &product))
  }
}
