import CAllocations

/// Counts what a piece of code asks of the C allocator (malloc and its kin).
public enum Allocations {
  /// Calls that the current thread made during `body`.
  public static func onThisThread(_ body: () throws -> Void) rethrows -> UInt64 {
    let before = ca_count_of_thread()
    try body()
    return ca_count_of_thread() - before
  }

  /// Calls that all threads made during `body`, the fewest of `tries`.
  ///
  /// Other tests allocate at the same time, but what `body` itself does it does in every try.
  public static func onAllThreads(tries: Int = 200, _ body: () throws -> Void) rethrows -> UInt64 {
    var fewest = UInt64.max
    for _ in 0..<tries where fewest > 0 {
      let before = ca_count_of_process()
      try body()
      fewest = min(fewest, ca_count_of_process() - before)
    }
    return fewest
  }
}
