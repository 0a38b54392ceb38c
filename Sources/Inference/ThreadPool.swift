import Basics
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

  /// So many threads; nil takes as many as this process may use.
  init(count: Int?) throws(InferenceError) {
    let count = count ?? min(256, Processors.usable)
    guard (1...256).contains(count) else { throw .invalidThreadCount(count) }
    let pool = unsafe ct_pool_create(UInt32(count), count <= Processors.usable)
    guard let pool = unsafe pool else { throw .noThreads(count) }
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

  /// The number of a run's first step, within its body.
  var firstStep: UInt32 { unsafe ct_pool_first_step(pool) }

  /// Does parts of a step, within a body: the thread's own, then those that no other has begun; and waits for the rest.
  ///
  /// - Parameters:
  ///   - step: its number, which becomes that of the next one.
  ///   - thread: the thread.
  ///   - body: does a part, of which there is one for each thread.
  /// - Returns: the products done for other threads while waiting.
  func share(_ step: inout UInt32, _ thread: Int, _ body: (_ part: Int) -> Void) -> Int {
    for distance in 0..<count {
      let part = (thread + distance) % count
      guard unsafe ct_pool_take(pool, step, UInt32(part)) else { continue }
      body(part)
      unsafe ct_pool_finish(pool)
    }
    defer { step &+= 1 }
    return unsafe Int(ct_pool_wait(pool, UInt32(thread), step))
  }

  /// `output` `[rows, stride]` = or += `rows` times all of `layer`, within a body; threads that
  /// wait help.
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

  /// Attention of some rows, within a body; threads that wait help.
  ///
  /// - Returns: the products done by this thread.
  func attend(_ thread: Int, _ attention: ck_shared_attention) -> Int {
    var attention = unsafe attention
    let heads = unsafe UInt32(attention.attention.heads)
    return unsafe Int(ct_pool_share(pool, UInt32(thread), heads, ck_attend, &attention))
  }

  /// GELU of so many rows, within a body; threads that wait help.
  func applyGELU(_ thread: Int, rows: Int, _ gelu: ck_shared_gelu) {
    var gelu = unsafe gelu
    unsafe _ = ct_pool_share(pool, UInt32(thread), UInt32(rows), ck_apply_gelu, &gelu)
  }
}
