import Glibc

/// Memory of a fixed size, aligned to cache lines and zeroed, freed with its owner.
@safe
struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  // Sendable: an owned address that never changes. Those who write through it divide it among
  // themselves (see Session) or are done before others read (see TowerWeights).
  let base: UnsafeMutablePointer<Element>
  let count: Int

  /// Huge pages make loading and streaming large weights cheaper.
  private static var hugePage: Int { 2 << 20 }

  init(count: Int) {
    let bytes = max(64, count * MemoryLayout<Element>.stride)
    let isLarge = bytes >= 4 * Self.hugePage
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Self.hugePage : 64)
    if isLarge { unsafe madvise(raw, bytes, MADV_HUGEPAGE) }
    unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    unsafe base = raw.assumingMemoryBound(to: Element.self)
    self.count = count
  }

  deinit {
    unsafe UnsafeMutableRawPointer(base).deallocate()
  }

  subscript(index: Int) -> UnsafeMutablePointer<Element> {
    unsafe base + index
  }
}
