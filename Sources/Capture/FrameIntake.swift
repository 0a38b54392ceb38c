package import Basics
internal import Glibc
internal import Synchronization

/// Cuts what is fed to it on one thread into frames, and keeps the newest for another.
///
/// A writer waits when nobody reads, and its frames grow old: so a live stream is read at once, always. With
/// `everyFrame` whoever feeds waits until a frame is taken instead.
package final class FrameIntake: Sendable {
  /// How it came that nothing more is fed.
  package enum Ending: Sendable, Equatable {
    /// All is there.
    case complete
    /// It broke off, and may work another time.
    case failed(String)
    /// It will not work another time either.
    case refused(String)
    /// What is there is of a kind that somebody else must read.
    case foreign(Foreign)
  }

  /// What somebody else must read.
  package struct Foreign: Sendable, Equatable {
    /// What it is, for a person.
    package let kind: String
    /// Where it is, if not where it was asked for.
    package let address: URLAddress?
    /// Whether it has an end of its own; nil if that is not known.
    package let isRecording: Bool?

    /// Something of a kind.
    package init(_ kind: String, address: URLAddress? = nil, isRecording: Bool? = nil) {
      self.kind = kind
      self.address = address
      self.isRecording = isRecording
    }
  }

  struct State {
    var frame: [UInt8] = []
    var hasFrame = false
    /// Number of `frame`.
    var sequence: UInt32 = 0
    /// Number of the last frame there was, damaged or not.
    var lastSequence: UInt32
    var captured = MonotonicTime(nanoseconds: 0)
    var milliseconds: Int?
    var followsPadding = false
    /// What was damaged before `frame`, and after it.
    var damages: [String] = []
    var laterDamages: [String] = []
    /// What whoever feeds has to say.
    var messages: [String] = []
    /// Nil while there may be more.
    var ending: Ending?
    var shouldStop = false
    /// Called once when it is time to stop, for who cannot look at `shouldStop`.
    var onStop: (@Sendable () -> Void)?
  }

  /// Damage is told at most so often between two calls; a stream of garbage must not fill memory.
  private static let damageLimit = 64

  /// Wakes the consumer.
  let ready: WakePipe
  /// Wakes whoever feeds, to look at `shouldStop`.
  package let control: WakePipe
  private let state: Mutex<State>
  /// Used by whoever feeds alone.
  private let splitter: Mutex<FrameSplitter>
  private let layout: FrameSplitter.Layout
  private let everyFrame: Bool
  private let first: UInt32

  /// Frames are numbered from the one after `sequence`.
  init(
    _ layout: FrameSplitter.Layout, everyFrame: Bool, after sequence: UInt32 = 0, ready: WakePipe
  ) throws(SystemError) {
    control = try WakePipe()
    self.ready = ready
    self.layout = layout
    self.everyFrame = everyFrame
    first = sequence
    splitter = Mutex(FrameSplitter(layout))
    state = Mutex(State(lastSequence: sequence))
  }

  /// Makes whoever feeds end soon.
  func stop() {
    let onStop = state.withLock { state in
      state.shouldStop = true
      defer { state.onStop = nil }
      return state.onStop
    }
    control.wake()
    onStop?()
  }

  /// Exchanges `frame` for the newest one, if there is one, and takes what was said up to it.
  func take(_ frame: inout [UInt8]) -> State {
    ready.clear()
    let taken = state.withLock { state in
      if state.hasFrame { swap(&state.frame, &frame) }
      var copy = State(sequence: state.sequence, lastSequence: state.lastSequence)
      (copy.hasFrame, copy.captured, copy.milliseconds, copy.followsPadding) =
        (state.hasFrame, state.captured, state.milliseconds, state.followsPadding)
      (copy.damages, copy.messages) = (state.damages, state.messages)
      // What came after the frame is for another call.
      if state.laterDamages.isEmpty { copy.ending = state.ending } else { ready.wake() }
      state.hasFrame = false
      state.damages = state.laterDamages
      state.laterDamages = []
      state.messages = []
      return copy
    }
    if everyFrame { control.wake() }
    return taken
  }

  // MARK: For whoever feeds

  /// Whether it is time to stop.
  package var shouldStop: Bool { state.withLock { $0.shouldStop } }

  /// Whether there has been no frame at all, not even a damaged one.
  var isEmpty: Bool { state.withLock { $0.lastSequence == first } }

  /// Sets what is called when it is time to stop, unless `shouldStop` is looked at.
  package func onStop(_ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.onStop = body }
  }

  /// Takes what `read` writes to the start of a buffer: so many bytes, 0 or less for none.
  ///
  /// - Returns: what `read` returned; nil when it is time to stop.
  package func feed(upTo count: Int, _ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int? {
    splitter.withLock { splitter in
      let got = unsafe splitter.append(upTo: count, read)
      while let piece = splitter.next() {
        guard hand(piece, splitter.bytes) else { return nil }
      }
      return got
    }
  }

  /// Says something for a person to read.
  package func say(_ message: String) {
    state.withLock { state in
      if state.messages.count < Self.damageLimit { state.messages.append(message) }
    }
    ready.wake()
  }

  /// Forgets the start of a frame: what comes is from another source.
  func startAnew() { splitter.withLock { $0 = FrameSplitter(layout) } }

  /// Nothing more comes.
  package func end(_ ending: Ending) {
    splitter.withLock { splitter in
      while let rest = splitter.remainder(), hand(rest, splitter.bytes) {}
    }
    state.withLock { $0.ending = ending }
    ready.wake()
  }

  /// False when it is time to stop.
  private func hand(_ piece: FrameSplitter.Piece, _ bytes: [UInt8]) -> Bool {
    switch piece {
    case .damage(let what):
      note(what, isFrame: true)
    case .garbage(let what):
      note(what, isFrame: false)
    case .frame(let found):
      if everyFrame && !waitUntilTaken() { return false }
      state.withLock { state in
        state.frame.removeAll(keepingCapacity: true)
        state.frame.append(contentsOf: bytes[found.range])
        state.hasFrame = true
        state.lastSequence &+= 1
        state.sequence = state.lastSequence
        state.damages += state.laterDamages.prefix(Self.damageLimit - state.damages.count)
        state.laterDamages = []
        state.captured = .now
        state.milliseconds = found.milliseconds
        state.followsPadding = found.followsPadding
      }
    }
    ready.wake()
    return !shouldStop
  }

  private func note(_ damage: String, isFrame: Bool) {
    state.withLock { state in
      if isFrame { state.lastSequence &+= 1 }
      let path = state.hasFrame ? \State.laterDamages : \State.damages
      if state[keyPath: path].count < Self.damageLimit { state[keyPath: path].append(damage) }
    }
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
