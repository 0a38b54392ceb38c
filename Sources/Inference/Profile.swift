import Basics
import Glibc

/// The parts of a forward pass that ``Session/profile`` tells apart.
public enum Stage: Int, CaseIterable, Sendable {
  /// Patch rows gathered from pixels, and their product.
  case patch
  /// All LayerNorms but the last, with the quantisation after them.
  case norm
  /// The products that make queries, keys and values.
  case queryKeyValue
  /// Queries, keys and values to int8 by head.
  case quantiseHeads
  /// Scores, softmax and the product with the values.
  case attention
  /// The attention's output projection, with its input's quantisation and the residual.
  case out
  /// First linear layer of the MLP.
  case fc1
  /// GELU and quantisation.
  case gelu
  /// Second linear layer of the MLP, with the residual.
  case fc2
  /// Last LayerNorm, projections to the joint space, normalisation.
  case heads
  /// Waiting for other threads, and doing products of theirs meanwhile.
  case wait
}

/// What the stages of a forward pass cost, summed over threads since the last ``reset()``.
public final class Profile {
  // Each thread writes its own cache lines: nanoseconds and multiplications of each stage, then the
  // clock at the end of its last stage.
  private let counters: AlignedBuffer<UInt64>
  private static let stride = 32
  private let threads: Int

  init(threads: Int) {
    self.threads = threads
    counters = AlignedBuffer(zeroed: threads * Self.stride)
  }

  /// Forgets everything measured.
  public func reset() {
    unsafe counters.base.update(repeating: 0, count: counters.count)
  }

  /// Time of a stage, summed over threads.
  public func duration(_ stage: Stage) -> Duration {
    .nanoseconds(Int64(sum(2 * stage.rawValue)))
  }

  /// Multiply-accumulates of a stage's integer products.
  public func products(_ stage: Stage) -> UInt64 {
    sum(2 * stage.rawValue + 1)
  }

  func start(_ thread: Int) {
    unsafe counters.base[(thread + 1) * Self.stride - 1] = Self.now()
  }

  /// Books the time since the thread's last call.
  func end(_ stage: Stage, _ thread: Int, products: Int) {
    let own = unsafe counters.base + thread * Self.stride
    let now = Self.now()
    unsafe own[2 * stage.rawValue] += now - own[Self.stride - 1]
    unsafe own[2 * stage.rawValue + 1] += UInt64(products)
    unsafe own[Self.stride - 1] = now
  }

  private func sum(_ counter: Int) -> UInt64 {
    counters.withSpan { counters in
      (0..<threads).reduce(0) { $0 + counters[$1 * Self.stride + counter] }
    }
  }

  private static func now() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
