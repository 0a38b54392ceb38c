import CAllocations

/// Counts what a piece of code asks of the C allocator (malloc and its kin).
public enum Allocations {
  /// Calls that the current thread made during `body`.
  public static func onThisThread(_ body: () throws -> Void) rethrows -> UInt64 {
    let before = ca_count_of_thread()
    try body()
    return ca_count_of_thread() - before
  }

  /// Calls that all threads of the process made during `body`: for an exit test, since other tests
  /// allocate at the same time.
  public static func onAllThreads(_ body: () throws -> Void) rethrows -> UInt64 {
    let before = ca_count_of_process()
    try body()
    return ca_count_of_process() - before
  }
}
