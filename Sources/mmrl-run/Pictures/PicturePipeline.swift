/// Classifies pictures on the engine's threads and hands the records over in the pictures' order.
///
/// Each thread takes pictures from file to record by itself, so that none waits for another and decoding
/// costs no more than its own time. While there are fewer pictures than threads, all threads share the
/// forward pass of each: a single picture, or one now and then on stdin, is answered sooner so.
final class PicturePipeline: Sendable {
  private struct State {
    /// Records by the place of their pictures in the order.
    var ready: [Int: Record] = [:]
    /// Pictures taken from the source, those that are not classified yet, those handed over.
    var taken = 0
    var underWay = 0
    var handedOver = 0
    /// How many there are in all, once that is known.
    var total: Int?
    var isStopped = false
  }

  private struct Queue {
    var source: PictureSource
    var taken = 0
  }

  private struct Portion {
    var first: Int
    var entries: [Folder.Entry]
    var isShared: Bool
  }

  private let state = Monitor(State())
  private let queue: Monitor<Queue>
  private let shared: Monitor<Classifier>
  private let threads: Int
  private let batch: Int
  private let top: Int

  /// Starts classifying.
  ///
  /// - Parameters:
  ///   - source: the pictures.
  ///   - classifier: what classifies them, on as many threads as its engine has; not used by others.
  ///   - batch: the most pictures of a forward pass.
  ///   - top: how many labels of each set a record has.
  ///   - fastDecode: decode JPEG files at a reduced scale.
  /// - Throws: when the system refuses a thread.
  init(
    _ source: PictureSource, _ classifier: Classifier, batch: Int, top: Int, fastDecode: Bool
  ) throws(SystemError) {
    let preprocessing = classifier.preprocessing
    threads = classifier.engine.threads
    queue = Monitor(Queue(source: source))
    shared = Monitor(classifier)
    self.batch = batch
    self.top = top
    for _ in 0..<min(threads, source.count ?? threads) {
      try DetachedThread.start { [self] in
        var preparer = PicturePreparer(preprocessing: preprocessing, fastDecode: fastDecode)
        var own: Classifier?
        while let portion = take() {
          let pictures = portion.entries.map { preparer.prepare($0) }
          let records: [Record]
          if portion.isShared {
            records = shared.with { $0.records(of: pictures, top: top) }
          } else {
            let classifier = own ?? shared.with { $0.onOneThread() }
            own = classifier
            records = classifier.records(of: pictures, top: top)
          }
          deliver(records, from: portion.first)
        }
      }
    }
  }

  /// The next records in order, at least one; empty at the end, or when stopped.
  func next() -> [Record] {
    state.when({ $0.isStopped || $0.ready[$0.handedOver] != nil || $0.handedOver == $0.total }) {
      state in
      var records: [Record] = []
      while !state.isStopped, let record = state.ready.removeValue(forKey: state.handedOver) {
        records.append(record)
        state.handedOver += 1
      }
      return records
    }
  }

  /// Ends the waiting of `next`; what is under way is dropped.
  func stop() { state.with { $0.isStopped = true } }

  /// Pictures for a thread to classify; waits while records lie about that nobody has fetched.
  private func take() -> Portion? {
    let limit = 16 * threads * batch
    let mayGoOn = state.when({ $0.isStopped || $0.taken - $0.handedOver < limit }) {
      !$0.isStopped
    }
    guard mayGoOn else { return nil }
    // The source has a lock of its own: it may wait for stdin.
    let (first, entries, left) = queue.with { queue in
      var entries: [Folder.Entry] = []
      // As many for each of the other threads stay, if that is to be had.
      while entries.isEmpty || entries.count < min(batch, queue.source.knownLeft / threads + 1),
        let entry = queue.source.next()
      {
        entries.append(entry)
      }
      defer { queue.taken += entries.count }
      return (queue.taken, entries, queue.source.knownLeft)
    }
    return state.with { state in
      guard !entries.isEmpty else {
        state.total = first
        return nil
      }
      state.taken += entries.count
      state.underWay += entries.count
      return Portion(
        first: first, entries: entries, isShared: state.underWay + left < threads)
    }
  }

  private func deliver(_ records: [Record], from first: Int) {
    state.with { state in
      for (index, record) in records.enumerated() { state.ready[first + index] = record }
      state.underWay -= records.count
    }
  }
}
