import Imaging

/// Prepares pictures ahead of the engine on threads of its own, and hands them over in their order.
///
/// At most `depth` pictures are under way or waiting, so memory stays bounded however fast the disk is.
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
  }

  private struct Queue {
    var source: PictureSource
    var taken = 0
  }

  private let state = Monitor(State())
  private let queue: Monitor<Queue>
  private let depth: Int

  /// Starts preparing.
  ///
  /// - Parameters:
  ///   - source: what to prepare.
  ///   - threads: how many pictures are prepared at once.
  ///   - depth: how many may be under way or wait, at least `threads`.
  ///   - makePreparer: called once on each thread.
  /// - Throws: when the system refuses a thread.
  init(
    source: PictureSource, threads: Int, depth: Int,
    makePreparer: @escaping @Sendable () -> PicturePreparer
  ) throws(SystemError) {
    precondition(threads > 0 && depth >= threads)
    queue = Monitor(Queue(source: source))
    self.depth = depth
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
    state.when({ $0.isStopped || $0.ready[$0.handedOver] != nil || $0.handedOver == $0.total }) {
      state in
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
    let mayStart = state.when({ $0.isStopped || $0.started - $0.handedOver < self.depth }) {
      state in
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
