import Basics
import CV4L2
import Glibc
import Imaging

/// A streaming camera, from opening to the first fault that ends the stream.
struct Camera: ~Copyable {
  /// Enough that the driver does not run out while one frame is classified at usual speeds.
  private static let bufferCount = 6

  let format: FrameFormat
  /// The granted interval; nil when the driver does not say.
  let interval: FrameInterval?
  /// The mode and why it was chosen.
  let summary: String
  private let device: VideoDevice
  private let ring: BufferRing

  init(path: String, request: ModeRequest) throws(CameraError) {
    let device = try VideoDevice(path: path)
    let negotiation = try Negotiation(device, request)
    let ring = try BufferRing(device, count: Self.bufferCount)
    device.watchSourceChanges()
    try device.startStream()
    format = negotiation.format
    interval = negotiation.interval
    summary = "\(device.card): \(negotiation.summary)"
    self.device = device
    self.ring = ring
  }

  deinit { device.stopStream() }

  /// For poll: readable with a frame, POLLPRI with a change of the signal.
  var descriptor: Int32 { device.descriptor }

  /// Drains the queue and offers its newest frames, the newest first, until one is accepted.
  ///
  /// `accept` gets a frame, its number and its capture time; it returns false for a damaged one.
  /// Returns whether a frame was accepted. What goes wrong without ending the stream is `report`ed.
  func takeNewest(
    accept: (Span<UInt8>, UInt32, MonotonicTime) -> Bool, report: (Fault, String) -> Void
  ) throws(CameraError) -> Bool {
    if device.takeEvent() { throw .formatChanged(device.path) }
    var newest: cv_buffer?
    var older: cv_buffer?
    var drained = 0
    while let buffer = try device.dequeueBuffer() {
      drained += 1
      if buffer.error {
        report(.marked, "frame \(buffer.sequence) is marked as damaged")
        try giveBack(buffer, report)
        continue
      }
      if let older { try giveBack(older, report) }
      older = newest
      newest = buffer
      // A driver faster than this loop must not hold it; what is left is newer, and next.
      if drained == 4 * ring.count { break }
    }
    if drained == 0 { try checkPoll() }
    let queueWasFull = drained >= ring.count
    var accepted = false
    if let newest {
      if !(queueWasFull && isStale(newest)) {
        accepted = try offer(newest, accept, report)
      }
      try giveBack(newest, report)
    }
    if let older {
      if !accepted && !(queueWasFull && isStale(older)) {
        accepted = try offer(older, accept, report)
      }
      try giveBack(older, report)
    }
    return accepted
  }

  /// A stream can fail without any buffer to tell of it; poll would then return at once for ever.
  private func checkPoll() throws(CameraError) {
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&state, 1, 0) > 0, Int32(state.revents) & POLLIN == 0 else { return }
    if Int32(state.revents) & POLLHUP != 0 { throw .disconnected(device.path) }
    throw .failed(device.path, call: "poll", number: EIO)
  }

  private func offer(
    _ buffer: cv_buffer, _ accept: (Span<UInt8>, UInt32, MonotonicTime) -> Bool,
    _ report: (Fault, String) -> Void
  ) throws(CameraError) -> Bool {
    let time = captureTime(buffer, report)
    if let whole = format.layout?.byteCount,
      Int(buffer.bytes_used) < whole + Int(buffer.data_offset)
    {
      report(.short, "frame \(buffer.sequence) has \(buffer.bytes_used) of \(whole) bytes")
      let now = try device.format()
      if now.code != format.code.rawValue || now.width != format.width
        || now.height != format.height
      {
        throw .formatChanged(device.path)
      }
      return false
    }
    return ring.withFrame(buffer) { accept($0, buffer.sequence, time) }
  }

  /// When all buffers were full the driver had nowhere to put newer frames: then even the newest
  /// one here may be old, and the next one is worth waiting for.
  private func isStale(_ buffer: cv_buffer) -> Bool {
    let age = MonotonicTime.now - stamp(buffer)
    return age > interval?.seconds ?? 0.04 && age < 3600
  }

  private func stamp(_ buffer: cv_buffer) -> MonotonicTime {
    let (seconds, overflow) = buffer.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return MonotonicTime(nanoseconds: overflow ? .min / 2 : seconds &+ buffer.microseconds * 1000)
  }

  private func captureTime(
    _ buffer: cv_buffer, _ report: (Fault, String) -> Void
  ) -> MonotonicTime {
    let now = MonotonicTime.now
    let stamp = stamp(buffer)
    // No older than a queue of slow frames can make it. Some drivers stamp the frame's end, reckoned
    // ahead: a little in the future means now.
    if stamp - now < 1 && now - stamp < 60 { return min(stamp, now) }
    if buffer.monotonic {
      report(.timestamp, "frame \(buffer.sequence) has an impossible time stamp")
    }
    return now
  }

  /// A driver may refuse once (out of memory, a glitch on the bus); twice ends the stream.
  private func giveBack(
    _ buffer: cv_buffer, _ report: (Fault, String) -> Void
  ) throws(CameraError) {
    do {
      try device.queueBuffer(Int(buffer.index))
    } catch .failed(_, let call, let number) {
      report(.queue, "\(call): \(SystemError(code: number))")
      try device.queueBuffer(Int(buffer.index))
    }
  }

  /// What reads the frames when their format is not ours.
  func makeConverter() -> ForeignConverter? {
    FourCC.native.contains(format.code) ? nil : ForeignConverter(descriptor: descriptor)
  }
}
