import CV4L2
import Glibc

/// The driver's buffers, mapped: who owns which is the driver's business, how long the maps live ours.
@safe struct BufferRing: ~Copyable {
  private var maps: [UnsafeMutableRawBufferPointer]

  /// Asks for `count` buffers, maps them and hands them all to the driver.
  init(_ device: borrowing VideoDevice, count: Int) throws(CameraError) {
    unsafe maps = []
    let granted = try device.requestBuffers(count)
    for index in 0..<granted {
      let (length, offset) = try device.locateBuffer(index)
      let start = unsafe mmap(nil, length, PROT_READ, MAP_SHARED, device.descriptor, offset)
      guard unsafe start != MAP_FAILED else {
        throw .failed(device.path, call: "mmap", number: errno)
      }
      unsafe maps.append(UnsafeMutableRawBufferPointer(start: start, count: length))
      try device.queueBuffer(index)
    }
  }

  deinit {
    for index in 0..<count { unsafe munmap(maps[index].baseAddress, maps[index].count) }
  }

  var count: Int { unsafe maps.count }

  /// Lends a dequeued buffer's frame.
  func withFrame<Result>(_ buffer: cv_buffer, _ body: (Span<UInt8>) -> Result) -> Result {
    let map = unsafe maps[Int(buffer.index)]
    // The driver's numbers are checked: they may not reach beyond the map.
    let end = min(Int(buffer.bytes_used), map.count)
    let start = min(Int(buffer.data_offset), end)
    let frame = unsafe UnsafeRawBufferPointer(rebasing: map[start..<end])
    return unsafe frame.withMemoryRebound(to: UInt8.self) { unsafe body($0.span) }
  }
}
