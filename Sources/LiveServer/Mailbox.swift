internal import Capture
internal import Classification
internal import Imaging
internal import Live
internal import LiveSaving
internal import NIOCore
internal import Synchronization

/// The hand-off from the thread that classifies to the server: newest values behind a lock that is held for
/// a few moves of memory, so that no client can make the classifier wait.
final class Mailbox: Sendable {
  /// A record for clients of `/events`.
  struct Event: Sendable {
    var number: UInt64
    var source: Int
    var record: Record
  }

  struct State {
    var sources: [SourceState]
    /// The labels that answers come from.
    var labels: [String]
    /// How often the model was replaced.
    var replacements = 0
    var changes: AnswerChanges
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
  let timeout: Double
  let start = NIODeadline.now()
  /// Whether all pictures are held in which an answer has changed, for which each frame is handed over.
  ///
  /// Otherwise it is those of the time in which somebody looks.
  let holdsPictures: Bool
  private let state: Mutex<State>

  /// A mailbox for cameras and streams, which are meant by their index, the labels of their answers, and the changes that an
  /// earlier run has kept.
  init(
    sources: [String], labels: [String], timeout: Double, holdsPictures: Bool,
    changes: AnswerChanges = AnswerChanges()
  ) {
    self.timeout = timeout
    self.holdsPictures = holdsPictures
    let now = start
    state = Mutex(
      State(
        sources: sources.map { SourceState(name: $0, at: now) }, labels: labels, changes: changes))
  }

  // MARK: For the thread that classifies

  /// Whether somebody looks at the frames of a source; then `show` should be called.
  func isWatched(_ source: Int) -> Bool {
    if holdsPictures { return true }
    let now = NIODeadline.now()
    return state.withLock { $0.sources[source].isWatched(at: now) }
  }

  /// Hands over the frame that will be classified next.
  func show(_ frame: ShownFrame, of source: Int) {
    change(source) { state in
      state.frame = SourceState.Frame(number: state.frames + 1, frame: frame)
      // Nobody but those who wait for a frame has to be woken.
      defer { state.isAwaited = false }
      return state.isAwaited
    }
  }

  /// A frame was classified, and the answer may be another one than before.
  func publish(_ record: Record, of source: Int, change answer: Answer?) {
    guard case .frame(let frame) = record.origin, case .labels(let labels) = record.outcome else {
      return
    }
    let now = NIODeadline.now()
    let age = frame.ageMilliseconds / 1000
    // Before anybody is woken, who may ask for it at once.
    if let answer {
      state.withLock { state in
        let shown = state.sources[source].frame?.frame
        let picture = shown.flatMap { Int($0.sequence) == frame.sequence ? $0 : nil }
        state.changes.add(answer, in: frame, picture: picture)
      }
    }
    // What is the answer now is a part of the status.
    change(source, event: record, isNews: answer != nil) { state in
      state.frames += 1
      state.classified += 1
      state.dropped += frame.dropped
      state.age.add(age)
      state.inference.add(labels.milliseconds / 1000)
      state.history.add(age: age, dropped: frame.dropped, at: now)
      state.health.frameDone(at: .now)
      if let answer { state.answer = answer }
      return true
    }
  }

  /// Something else happened to a source.
  func note(_ event: LiveEvent, of source: Int) {
    switch event {
    case .source(let event): note(event, of: source)
    case .still(let dropped): sawStill(source, dropped: dropped)
    case .looks(let part):
      change(source, isNews: true) { state in
        state.part = part
        return true
      }
    case .ended:
      change(source, isNews: true) { state in
        state.health.note(.ended, at: .now)
        return true
      }
    }
  }

  /// Another model answers from now on, with these labels.
  func replaceModel(labels: [String]) {
    state.withLock { state in
      if labels != state.labels {
        // Among other labels each source begins without an answer.
        state.labels = labels
        for index in state.sources.indices { state.sources[index].answer = nil }
      }
      state.replacements += 1
      state.hasNews = true
    }
  }

  private func note(_ event: SourceEvent, of source: Int) {
    // Every frame may be odd: that is no news.
    if case .odd(let oddity) = event {
      return state.withLock { state in
        if state.sources[source].count(oddity) { state.hasNews = true }
      }
    }
    change(source, isNews: true) { state in
      state.health.note(.source(event), at: .now)
      switch event {
      case .started: break
      case .resumed: state.reconnects += 1
      case .fault(let fault, _): state.count(fault)
      case .odd, .message: return false
      }
      return true
    }
  }

  private func sawStill(_ source: Int, dropped: Int) {
    let now = NIODeadline.now()
    change(source) { state in
      state.frames += 1
      state.still += 1
      state.dropped += dropped
      state.history.add(dropped: dropped, at: now)
      state.health.frameDone(at: .now)
      return false
    }
  }

  /// `body` says whether those who wait are interested.
  private func change(
    _ source: Int, event: Record? = nil, isNews: Bool = false,
    _ body: (inout SourceState) -> Bool
  ) {
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      let isOfInterest = body(&state.sources[source])
      if let event {
        state.eventCount += 1
        if state.events.count == Self.eventLimit { state.events.removeFirst() }
        state.events.append(Event(number: state.eventCount, source: source, record: event))
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
    let timeout = TimeAmount.milliseconds(Int64(timeout * 1000))
    return state.withLock { state in
      state.sources[source].watchedUntil = now + timeout
      let frame = state.sources[source].newestFrame
      if frame == nil {
        state.sources[source].isAwaited = true
        // At once: the frame may come before the server has said that somebody waits.
        state.isAwaited = true
      }
      return frame
    }
  }

  /// What part of a source's frames is looked at; nil while that is not known.
  func lookedAt(_ source: Int) -> LookedAt? { state.withLock { $0.sources[source].part } }

  /// Notes what part was asked for, before the loop says that it is looked at.
  func setPart(_ region: ImageRegion, of source: Int) {
    state.withLock { state in
      state.sources[source].part =
        LookedAt(region: region, learnt: state.sources[source].part?.learnt)
      state.hasNews = true
    }
  }

  /// How often the model was replaced.
  var replacements: Int { state.withLock { $0.replacements } }

  /// The labels that answers come from.
  var labels: [String] { state.withLock { $0.labels } }

  /// The last changes of answers, oldest first.
  var changes: [AnswerChanges.Change] { state.withLock { $0.changes.all } }

  /// Puts files in place of pictures that are pixels; `encode` is called without holding anybody up.
  func compressPictures(_ encode: (Image) -> [UInt8]?) {
    let pictures = state.withLock { state in
      state.changes.all.compactMap { change -> (UInt64, Image)? in
        guard case .held(.pixels(let image)) = change.picture else { return nil }
        return (change.number, image)
      }
    }
    for (number, image) in pictures {
      guard let jpeg = encode(image) else { continue }
      state.withLock { $0.changes.replacePicture(of: number, by: jpeg) }
    }
  }

  /// The change with a number, if it is kept.
  func change(_ number: UInt64) -> AnswerChanges.Change? { state.withLock { $0.changes[number] } }

  /// Names of the sources.
  var names: [String] { state.withLock { $0.sources.map(\.name) } }

  /// All that is known but the frames.
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
