import Imaging

/// Prepares pictures ahead of the engine on threads of its own, and hands them over in their order.
///
/// At most `depth` pictures are under way or waiting, so memory stays bounded however fast the disk is.
///
/// It can take turns with the engine instead of working beside it. Where both need every processor, a
/// picture prepared beside a pass holds up one of its threads and so all of them; while the engine
/// waits, as many pictures as there are threads are prepared in the time of one.
final class PicturePipeline: Sendable {
  private struct State {
    /// Prepared pictures by their place in the order.
    var ready: [Int: PreparedPicture] = [:]
    /// Taken from the source.
    var started = 0
    /// Handed to the engine.
    var handedOver = 0
    /// How many there are in all, once that is known.
    var total: Int?
    var isStopped = false
    /// The engine waits, or does not mind.
    var mayWork: Bool

    /// Whether the engine can go on.
    var hasNext: Bool { isStopped || ready[handedOver] != nil || handedOver == total }
  }

  private struct Queue {
    var source: PictureSource
    var taken = 0
  }

  private let state: Monitor<State>
  private let queue: Monitor<Queue>
  private let depth: Int
  private let takesTurns: Bool

  /// Starts preparing.
  ///
  /// - Parameters:
  ///   - source: what to prepare.
  ///   - threads: how many pictures are prepared at once.
  ///   - depth: how many may be under way or wait, at least `threads`.
  ///   - takesTurns: begin pictures only while ``next(atMost:)`` waits.
  ///   - makePreparer: called once on each thread.
  /// - Throws: when the system refuses a thread.
  init(
    source: PictureSource, threads: Int, depth: Int, takesTurns: Bool,
    makePreparer: @escaping @Sendable () -> PicturePreparer
  ) throws(SystemError) {
    precondition(threads > 0 && depth >= threads)
    state = Monitor(State(mayWork: !takesTurns))
    queue = Monitor(Queue(source: source))
    self.depth = depth
    self.takesTurns = takesTurns
    for _ in 0..<threads {
      try DetachedThread.start { [self] in
        var preparer = makePreparer()
        while prepareNext(with: &preparer) {}
      }
    }
  }

  /// The next pictures in order: at least one if there is one, more only as far as they are ready.
  ///
  /// Empty at the end, or when stopped.
  func next(atMost count: Int) -> [PreparedPicture] {
    if takesTurns { state.with { $0.mayWork = !$0.hasNext } }
    return state.when(\.hasNext) { state in
      if takesTurns { state.mayWork = false }
      var batch: [PreparedPicture] = []
      guard !state.isStopped else { return batch }
      while batch.count < count, let picture = state.ready.removeValue(forKey: state.handedOver) {
        batch.append(picture)
        state.handedOver += 1
      }
      return batch
    }
  }

  /// Ends the waiting of `next`; what is under way is dropped.
  func stop() { state.with { $0.isStopped = true } }

  private func prepareNext(with preparer: inout PicturePreparer) -> Bool {
    let mayStart = state.when({ state in
      let isDue = state.mayWork && !(takesTurns && state.hasNext)
      return state.isStopped || state.started - state.handedOver < depth && isDue
    }) { state in
      if !state.isStopped { state.started += 1 }
      return !state.isStopped
    }
    guard mayStart else { return false }
    // The source has a lock of its own: it may wait for stdin.
    let taken: (index: Int, entry: Folder.Entry?) = queue.with { queue in
      let entry = queue.source.next()
      defer { if entry != nil { queue.taken += 1 } }
      return (queue.taken, entry)
    }
    guard let entry = taken.entry else {
      state.with { $0.total = taken.index }
      return false
    }
    let picture = preparer.prepare(entry)
    return state.with { state in
      state.ready[taken.index] = picture
      return !state.isStopped
    }
  }
}
