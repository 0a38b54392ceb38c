import Basics
import Glibc
import Synchronization

/// Reads a byte stream on a thread of its own and keeps the newest frame.
///
/// A pipe's writer waits when nobody reads, and its frames grow old: so a live stream is read at
/// once, always. With `everyFrame` the reader waits until a frame is taken instead.
final class StreamReader: Sendable {
  struct State {
    var frame: [UInt8] = []
    var hasFrame = false
    var sequence: UInt32 = 0
    var captured = MonotonicTime(nanoseconds: 0)
    var damages: [String] = []
    var hasEnded = false
    /// Why reading failed.
    var failure: Int32?
    var shouldStop = false
  }

  /// Damage is told at most so often between two calls; a stream of garbage must not fill memory.
  private static let damageLimit = 64
  private static let readSize = 1 << 18

  /// Wakes the consumer.
  let ready: WakePipe
  private let control: WakePipe
  private let state = Mutex(State())
  private let everyFrame: Bool
  private let descriptor: Int32

  /// Starts reading; closes `descriptor` at the end.
  init(
    descriptor: Int32, layout: FrameSplitter.Layout, everyFrame: Bool
  ) throws(CameraError) {
    self.descriptor = descriptor
    self.everyFrame = everyFrame
    do throws(SystemError) {
      ready = try WakePipe()
      control = try WakePipe()
      try DetachedThread.start { [self] in read(FrameSplitter(layout)) }
    } catch {
      throw .failed("stream", call: "pipe or thread", number: error.code)
    }
  }

  /// Makes the thread end soon.
  func stop() {
    state.withLock { $0.shouldStop = true }
    control.wake()
  }

  /// Exchanges `frame` for the newest one, if there is one, and takes the damages since.
  func take(_ frame: inout [UInt8]) -> State {
    ready.clear()
    let taken = state.withLock { state in
      if state.hasFrame { swap(&state.frame, &frame) }
      var copy = State()
      (copy.hasFrame, copy.sequence, copy.captured) =
        (state.hasFrame, state.sequence, state.captured)
      (copy.damages, copy.hasEnded, copy.failure) =
        (state.damages, state.hasEnded, state.failure)
      state.hasFrame = false
      state.damages = []
      return copy
    }
    if everyFrame { control.wake() }
    return taken
  }

  // MARK: On the thread

  private func read(_ initial: FrameSplitter) {
    var splitter = initial
    var failure: Int32?
    var wanted = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: control.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    reading: while waitForBytes(&wanted) {
      let got = unsafe splitter.append(upTo: Self.readSize) {
        unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
      }
      if got < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      if got < 0 { failure = errno }
      if got <= 0 { break }
      while let piece = splitter.next() {
        guard hand(piece, splitter.bytes) else { break reading }
      }
    }
    if let rest = splitter.remainder { _ = hand(rest, []) }
    close(descriptor)
    state.withLock { state in
      state.hasEnded = true
      state.failure = failure
    }
    ready.wake()
  }

  /// False when it is time to stop.
  private func waitForBytes(_ wanted: inout [pollfd]) -> Bool {
    while true {
      if state.withLock({ $0.shouldStop }) { return false }
      guard unsafe poll(&wanted, 2, -1) > 0 else { continue }
      if wanted[1].revents != 0 { control.clear() }
      if wanted[0].revents != 0 { return true }
    }
  }

  /// False when it is time to stop.
  private func hand(_ piece: FrameSplitter.Piece, _ bytes: [UInt8]) -> Bool {
    switch piece {
    case .damage(let what):
      state.withLock { state in
        state.sequence &+= 1
        if state.damages.count < Self.damageLimit { state.damages.append(what) }
      }
    case .frame(let range):
      if everyFrame && !waitUntilTaken() { return false }
      state.withLock { state in
        state.frame.removeAll(keepingCapacity: true)
        state.frame.append(contentsOf: bytes[range])
        state.hasFrame = true
        state.sequence &+= 1
        state.captured = .now
      }
    }
    ready.wake()
    return true
  }

  private func waitUntilTaken() -> Bool {
    var wanted = pollfd(fd: control.descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      let (isFree, shouldStop) = state.withLock { (!$0.hasFrame, $0.shouldStop) }
      if shouldStop { return false }
      if isFree { return true }
      unsafe poll(&wanted, 1, -1)
      control.clear()
    }
  }
}
