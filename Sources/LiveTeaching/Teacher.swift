package import Basics
internal import Classification
internal import Imaging
internal import Live
internal import Synchronization

/// Teaches the running model: takes pictures of labels from its sources, changes the folder of photos, has them learnt.
///
/// What it is asked for it does one after the other on a thread of its own, learning on another one, so that neither frames nor
/// clients wait. As a sink it looks at frames while pictures are taken, and only then.
package final class Teacher: Sendable {
  /// Something for the teacher's thread.
  enum Job: Sendable {
    case command(TeachingCommand, reply: @Sendable (Result<TeachingReply, TeachingError>) -> Void)
    /// A frame that may become a picture.
    case frame(ShownFrame)
  }

  struct Queue {
    var jobs: [Job] = []
    var isStopped = false
    /// Whether the thread does nothing any more.
    var hasEnded = false
  }

  struct State {
    var names: [String]
    var collection: Collection?
    var learning: (done: Int, total: Int)?
    var lesson: Lesson?
    var error: String?
    /// The folder's revision that was learnt last.
    var learnt: Int?
  }

  /// Jobs that may wait.
  private static let queueLimit = 64
  static let quality = 90

  let store: Monitor<PhotoStore>
  let learning: Learning
  let patience: Double
  let queue = Monitor(Queue())
  let state: Mutex<State>
  /// Whether somebody learns: one at a time.
  let isLearning = Monitor(false)

  /// A teacher of a running model.
  ///
  /// - Parameters:
  ///   - store: the photos, which are the teacher's alone from now on.
  ///   - learning: how they are learnt.
  ///   - first: what the model was taught before it ran, or why it could not be; nil where it has yet to learn.
  ///   - names: the labels of the running model.
  ///   - patience: seconds without a new picture after which no more are awaited.
  /// - Throws: when the system refuses a thread.
  package init(
    _ store: sending PhotoStore, _ learning: Learning, first: Result<Lesson?, TeachingError>?,
    names: [String], patience: Double
  ) throws(SystemError) {
    var state = State(names: names)
    switch first {
    case .success(let lesson):
      state.lesson = lesson
      _ = try? store.labels()
      state.learnt = store.revision
    case .failure(let error): state.error = error.description
    case nil: break
    }
    self.state = Mutex(state)
    self.store = Monitor(store)
    self.learning = learning
    self.patience = patience
    try DetachedThread.start { [self] in work() }
  }

  /// Ends its thread, once that has done what it is doing; then nobody is replied to any more.
  package func stop() {
    queue.with { $0.isStopped = true }
    queue.when(\.hasEnded) { _ in }
  }

  /// Takes on what it is asked for; `reply` is called once, on another thread.
  package func perform(
    _ command: TeachingCommand,
    reply: @escaping @Sendable (Result<TeachingReply, TeachingError>) -> Void
  ) {
    let isTaken = queue.with { queue in
      guard queue.jobs.count < Self.queueLimit, !queue.isStopped else { return false }
      queue.jobs.append(.command(command, reply: reply))
      return true
    }
    if !isTaken { reply(.failure(TeachingError(.conflict, "too much is being done already"))) }
  }

  private func work() {
    var check = PictureCheck()
    while true {
      let job = queue.when({ !$0.jobs.isEmpty || $0.isStopped }) { queue in
        queue.isStopped ? nil : queue.jobs.removeFirst()
      }
      switch job {
      case .command(let command, let reply):
        do throws(TeachingError) {
          reply(.success(try answer(to: command, &check)))
        } catch {
          reply(.failure(error))
        }
      case .frame(let frame): take(frame, &check)
      case nil: return queue.with { $0.hasEnded = true }
      }
    }
  }

  // MARK: Commands

  func answer(
    to command: TeachingCommand, _ check: inout PictureCheck
  ) throws(TeachingError) -> TeachingReply {
    switch command {
    case .report: break
    case .names: return .json(NameList(names: state.withLock(\.names)).json)
    case .photos(let label): return .json(try photos(of: label))
    case .photo(let name, let label):
      return .image(
        try withStore { store throws(TeachingError) in
          try store.bytes(of: name, label: label)
        })
    case .addLabel(let name):
      try checkTeachable(name)
      try withStore { store throws(TeachingError) in try store.addLabel(name) }
    case .renameLabel(let name, let new):
      try checkTeachable(new)
      stopCollecting()
      try withStore { store throws(TeachingError) in try store.renameLabel(name, to: new) }
    case .removeLabel(let name):
      stopCollecting()
      try withStore { store throws(TeachingError) in try store.removeLabel(name) }
    case .removePhotos(let names, let label):
      try withStore { store throws(TeachingError) in try store.removePhotos(names, of: label) }
    case .collect(let label, let count, let source):
      try collect(label, count, source)
    case .stopCollecting: stopCollecting()
    case .keep(let pictures, let label): try keep(pictures, label, &check)
    case .undo:
      stopCollecting()
      try withStore { store throws(TeachingError) in try store.undo() }
    case .learn: try startLearning()
    }
    return .json(try report())
  }

  /// Before labels change, so that no picture brings back a folder that has gone.
  private func stopCollecting() { state.withLock { $0.collection?.end("stopped") } }

  private struct NameList: Encodable { var names: [String] }

  private struct PhotoList: Encodable {
    struct Photo: Encodable {
      var name: String
      var bytes: Int
    }
    var label: String
    var photos: [Photo]
  }

  func photos(of name: String) throws(TeachingError) -> String {
    let label = try withStore { store throws(TeachingError) in try store.label(name) }
    return PhotoList(
      label: label.name,
      photos: label.photos.map { PhotoList.Photo(name: $0.name, bytes: $0.bytes) }
    ).json
  }

  func withStore<Result>(
    _ body: (PhotoStore) throws(TeachingError) -> Result
  ) throws(TeachingError) -> Result {
    let result: Swift.Result<Result, TeachingError> = store.with { store in
      do throws(TeachingError) { return .success(try body(store)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  func checkTeachable(_ name: String) throws(TeachingError) {
    if let reason = learning.refusal(name) { throw TeachingError(.conflict, reason) }
  }
}
