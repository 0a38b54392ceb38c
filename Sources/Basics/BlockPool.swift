internal import Glibc
internal import Synchronization

/// Blocks of memory that nobody uses at the moment, by their size.
///
/// A training step asks for the same sizes again and again; fresh pages from the system would cost about
/// a tenth of it.
final class BlockPool: Sendable {
  static let shared = BlockPool()

  /// Below this the allocator is fast enough by itself.
  private let smallest = 1 << 16
  /// Beyond this many bytes that wait for reuse, blocks go back to the system.
  private let limit = 512 << 20

  private struct State {
    // Addresses as integers: pointers are not Sendable.
    var addresses: [Int: [UInt]] = [:]
    var bytes = 0
  }
  private let state = Mutex(State())

  /// One of eight sizes between two powers of two, so that nearly equal requests share their memory.
  static func roundedUp(_ bytes: Int) -> Int {
    let step = max(64, 1 << max(0, Int.bitWidth - bytes.leadingZeroBitCount - 4))
    return (bytes + step - 1) / step * step
  }

  /// A block of `bytes`, a size that ``roundedUp(_:)`` gave, aligned to 64.
  func take(bytes: Int) -> UnsafeMutableRawPointer {
    let reused = state.withLock { state -> UInt? in
      guard let address = state.addresses[bytes]?.popLast() else { return nil }
      state.bytes -= bytes
      return address
    }
    if let reused, let pointer = unsafe UnsafeMutableRawPointer(bitPattern: reused) {
      return unsafe pointer
    }
    guard let pointer = unsafe aligned_alloc(64, bytes) else {
      fatalError("out of memory: \(bytes) bytes")
    }
    return unsafe pointer
  }

  /// Takes back a block of ``take(bytes:)``.
  func give(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    let address = UInt(bitPattern: pointer)
    let kept =
      bytes >= smallest
      && state.withLock { state in
        guard state.bytes + bytes <= limit else { return false }
        state.bytes += bytes
        state.addresses[bytes, default: []].append(address)
        return true
      }
    if !kept { unsafe free(pointer) }
  }
}
