import Basics
import Dispatch
import Synchronization

/// A number of threads that work through independent items.
///
/// This is the only parallelism of the float engine: operations are single-threaded, whole items (a few images, a few
/// prompts) run side by side. What an item computes does not depend on how many threads there are.
public struct Workers: Sendable {
  /// The number of threads, at least 1.
  public let count: Int

  /// A number of threads; nil takes as many as this process may use.
  public init(count: Int? = nil) {
    self.count = max(1, count ?? Processors.usable)
  }

  /// The results of `body` for 0..<items, in order.
  public func map<R: Sendable>(_ items: Int, _ body: @Sendable (Int) -> R) -> [R] {
    guard count > 1 && items > 1 else { return (0..<items).map(body) }
    let results = Mutex([R?](repeating: nil, count: items))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(count, items)) { _ in
      while true {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard item < items else { return }
        let result = body(item)
        results.withLock { $0[item] = result }
      }
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}
