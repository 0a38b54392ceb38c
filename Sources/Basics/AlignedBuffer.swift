internal import Glibc

/// Memory of a fixed size, aligned to cache lines, freed with its owner.
///
/// Lent as spans. What kernels in C need goes through `base`, which has to be called `unsafe`: those who
/// write through it divide the memory among themselves, or are done before others read.
///
/// `@unchecked Sendable`: the address is owned and never changes.
@safe public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  /// The first element; valid while the buffer is alive.
  @unsafe public let base: UnsafeMutablePointer<Element>
  /// Elements.
  public let count: Int
  /// Bytes of a block that goes back to the pool of blocks, 0 for memory that goes back to the system.
  private let pooledBytes: Int

  /// Elements of zero bytes.
  ///
  /// Large ones lie on huge pages where the system has them: that makes loading and streaming weights
  /// cheaper.
  public init(zeroed count: Int) {
    let hugePage = 2 << 20
    let bytes = max(64, count * MemoryLayout<Element>.stride)
    let isLarge = bytes >= 4 * hugePage
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? hugePage : 64)
    if isLarge { unsafe madvise(raw, bytes, MADV_HUGEPAGE) }
    unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    unsafe base = raw.assumingMemoryBound(to: Element.self)
    self.count = count
    pooledBytes = 0
  }

  /// Elements of whatever the memory held, out of the pool of blocks that others gave back.
  ///
  /// For who asks for the same sizes again and again, as the steps of a training do.
  public init(pooled count: Int) {
    pooledBytes = BlockPool.roundedUp(max(count, 1) * MemoryLayout<Element>.stride)
    unsafe base = BlockPool.shared.take(bytes: pooledBytes).bindMemory(
      to: Element.self, capacity: pooledBytes / MemoryLayout<Element>.stride)
    self.count = count
  }

  deinit {
    let raw = unsafe UnsafeMutableRawPointer(base)
    if pooledBytes > 0 {
      unsafe BlockPool.shared.give(raw, bytes: pooledBytes)
    } else {
      unsafe raw.deallocate()
    }
  }

  /// Lends the elements for reading.
  @inlinable public func withSpan<Result, Failure: Error>(
    _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let span = unsafe Span(_unsafeStart: base, count: count)
    return try body(span)
  }

  /// Lends the elements for writing.
  @inlinable public mutating func withMutableSpan<Result, Failure: Error>(
    _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(_unsafeStart: base, count: count)
    return try body(&span)
  }
}
