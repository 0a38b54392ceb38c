import Glibc
import Synchronization

/// Memory for floats, 64-byte aligned, uninitialised, given back to a free list when its last owner goes.
///
/// A training step asks for the same sizes again and again; fresh pages from the system would cost about a tenth of it.
///
/// `@unchecked Sendable`: `Matrix` is the only owner, writes only after it has checked that it is the sole one, and
/// otherwise only reads.
@safe final class AlignedBuffer: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  private let bytes: Int

  init(count: Int) {
    bytes = Self.roundedUp(max(count, 1) * MemoryLayout<Float>.stride)
    unsafe pointer = FreeList.shared.take(bytes: bytes).bindMemory(
      to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  deinit {
    unsafe FreeList.shared.give(UnsafeMutableRawPointer(pointer), bytes: bytes)
  }

  /// Rounds up to one of eight sizes between two powers of two, so that nearly equal requests share their memory.
  private static func roundedUp(_ bytes: Int) -> Int {
    let step = max(64, 1 << max(0, Int.bitWidth - bytes.leadingZeroBitCount - 4))
    return (bytes + step - 1) / step * step
  }
}

/// Blocks that are free at the moment, by their size.
private final class FreeList: Sendable {
  static let shared = FreeList()

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
      fatalError("out of memory: \(bytes) bytes for a matrix")
    }
    return unsafe pointer
  }

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
