public import Imaging
import NIOCore
import Synchronization

/// The hand-off from the thread that classifies to the server: newest values behind a lock that is held for
/// a few moves of memory, so that no client can make the classifier wait.
public final class LiveBoard: Sendable {
  /// A line for clients of `/events`.
  struct Event: Sendable {
    var number: UInt64
    var source: Int
    /// A JSON object without line ends.
    var json: String
  }

  struct State {
    var sources: [SourceState]
    /// Events that the server has not fetched yet; the oldest are dropped.
    var events: [Event] = []
    var eventCount: UInt64 = 0
    /// Whether somebody waits for anything.
    var isAwaited = false
    var isWakePending = false
    var hasNews = false
    var wake: (@Sendable () -> Void)?
  }

  /// Events kept for clients that read late.
  static let eventLimit = 64

  /// Seconds without a result after which a source is not healthy, and for which frames are handed over after somebody
  /// has looked.
  public let patience: Double
  let start = NIODeadline.now()
  private let state: Mutex<State>

  /// A board for cameras and streams, which are meant by their index.
  public init(sources: [String], patience: Double = 10) {
    self.patience = patience
    let now = start
    state = Mutex(State(sources: sources.map { SourceState(name: $0, at: now) }))
  }

  // MARK: For the thread that classifies

  /// Whether somebody looks at the pictures of a source; then `show` should be called.
  public func isWatched(_ source: Int) -> Bool {
    let now = NIODeadline.now()
    return state.withLock { $0.sources[source].isWatched(at: now) }
  }

  /// Hands over the frame that will be classified next.
  ///
  /// `jpeg` is the camera's own file, empty when there is none; `image` the same as pixels, exchanged for an
  /// older one, whose memory can be used again.
  public func show(_ source: Int, sequence: UInt32, jpeg: [UInt8], image: inout Image) {
    change(source) { state in
      let number = state.frames + 1
      if state.frame == nil {
        state.frame = SourceState.Frame(
          number: number, sequence: sequence, jpeg: jpeg, image: Image(width: 1, height: 1))
      }
      state.frame?.number = number
      state.frame?.sequence = sequence
      state.frame?.jpeg = jpeg
      if var older = state.frame?.image {
        swap(&older, &image)
        state.frame?.image = older
      }
      // Nobody but those who wait for a picture has to be woken.
      defer { state.isAwaited = false }
      return state.isAwaited
    }
  }

  /// A frame was passed over since it looks like the last one.
  public func sawStill(_ source: Int, dropped: Int) {
    let now = NIODeadline.now()
    change(source) { state in
      state.frames += 1
      state.still += 1
      state.dropped += dropped
      state.history.add(dropped: dropped, at: now)
      state.lastFrame = now
      state.condition = .live
      return false
    }
  }

  /// A frame was classified.
  ///
  /// `json` is the record, an object without line ends; `age` the seconds from capture to result, `inference`
  /// those of the forward pass; `dropped` counts frames that passed since the last one.
  public func publish(
    _ source: Int, json: String, age: Double, inference: Double, dropped: Int
  ) {
    let now = NIODeadline.now()
    change(source, event: json) { state in
      state.frames += 1
      state.classified += 1
      state.dropped += dropped
      state.age.add(age)
      state.inference.add(inference)
      state.history.add(age: age, dropped: dropped, at: now)
      state.lastFrame = now
      state.condition = .live
      return true
    }
  }

  /// Frames come, in a format that `detail` names.
  public func started(_ source: Int, _ detail: String, again: Bool) {
    change(source, isNews: true) { state in
      state.condition = .starting
      state.detail = detail
      if again { state.reconnects += 1 }
      return true
    }
  }

  /// Something went wrong; `isAway` when no frames can come until it is `started` again.
  public func fault(_ source: Int, kind: String, detail: String, isAway: Bool) {
    change(source, isNews: true) { state in
      state.count(fault: kind)
      state.lastFault = detail
      if isAway {
        state.condition = .away
        state.detail = detail
      }
      return true
    }
  }

  /// No more frames will come.
  public func ended(_ source: Int) {
    change(source, isNews: true) { state in
      state.condition = .ended
      return true
    }
  }

  /// `body` says whether those who wait are interested.
  private func change(
    _ source: Int, event: String? = nil, isNews: Bool = false,
    _ body: (inout SourceState) -> Bool
  ) {
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      let isOfInterest = body(&state.sources[source])
      if let event {
        state.eventCount += 1
        if state.events.count == Self.eventLimit { state.events.removeFirst() }
        state.events.append(Event(number: state.eventCount, source: source, json: event))
      }
      if isNews { state.hasNews = true }
      guard isOfInterest, state.isAwaited, !state.isWakePending else { return nil }
      state.isWakePending = true
      return state.wake
    }
    wake?()
  }

  // MARK: For the server

  /// Sets who is woken, on the classifier's thread, when there is something new and somebody waits for it.
  func onNews(_ wake: (@Sendable () -> Void)?) {
    state.withLock { $0.wake = wake }
  }

  /// Says whether somebody waits for anything new.
  func setAwaited(_ isAwaited: Bool) {
    state.withLock { $0.isAwaited = isAwaited }
  }

  /// Takes the events that have come, and whether a source's condition has changed.
  func takeNews() -> (events: [Event], hasNews: Bool) {
    state.withLock { state in
      state.isWakePending = false
      defer {
        state.events.removeAll(keepingCapacity: true)
        state.hasNews = false
      }
      return (state.events, state.hasNews)
    }
  }

  /// Notes that somebody looks at a source; its newest frame, nil when the next one must be awaited.
  func look(at source: Int) -> SourceState.Frame? {
    let now = NIODeadline.now()
    let patience = TimeAmount.milliseconds(Int64(patience * 1000))
    return state.withLock { state in
      state.sources[source].watchedUntil = now + patience
      let frame = state.sources[source].newestFrame
      if frame == nil {
        state.sources[source].isAwaited = true
        // At once: the frame may come before the server has said that somebody waits.
        state.isAwaited = true
      }
      return frame
    }
  }

  /// Names of the sources.
  var names: [String] { state.withLock { $0.sources.map(\.name) } }

  /// All that is known but the pictures.
  func sources() -> [SourceState] {
    state.withLock { state in
      state.sources.map { source in
        var copy = source
        copy.frame = nil
        return copy
      }
    }
  }
}
