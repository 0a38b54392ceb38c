package import Basics
package import Imaging
internal import Inference

/// Classifies images on the engine's threads and hands the records over in the images' order.
///
/// Each thread takes images from file to record by itself, so that none waits for another and decoding
/// costs no more than its own time. While there are fewer images than threads, all threads share the
/// forward pass of each: a single image, or one now and then on a list, is answered sooner so.
package final class ImagePipeline: Sendable {
  /// How the images are classified.
  package struct Configuration: Sendable {
    /// The most images of a forward pass.
    package var batch = 1
    /// What a record has of the scores.
    package var style = RecordStyle()
    /// How their files are read.
    package var reading = ImageReading()

    /// One image a pass, five labels.
    package init() {}
  }

  private struct State {
    /// Records by the place of their images in the order.
    var ready: [Int: Record] = [:]
    /// Images taken from the list, those that are not classified yet, those handed over.
    var taken = 0
    var inFlight = 0
    var handedOver = 0
    /// How many there are in all, once that is known.
    var total: Int?
    var isStopped = false
    var leftOut = UnclearFiles()
    var passedOver = 0
    var failure: SystemError?
  }

  private struct Queue {
    var images: ImageList
    var taken = 0
  }

  /// Images that one thread classifies together.
  private struct Portion {
    var first: Int
    var entries: [ImageEntry]
    var isShared: Bool
  }

  private let state: Monitor<State>
  private let queue: Monitor<Queue>
  private let shared: Monitor<Classifier>
  private let threads: Int
  private let configuration: Configuration

  /// Starts classifying.
  ///
  /// - Parameters:
  ///   - images: in order.
  ///   - classifier: what classifies them, on as many threads as its engine has; not used by others. Its
  ///     largest batch is that of the configuration, or the number of images.
  ///   - configuration: how.
  /// - Throws: when the system refuses a thread.
  package init(
    _ images: ImageList, _ classifier: sending Classifier, _ configuration: Configuration
  ) throws(SystemError) {
    let preprocessing = classifier.preprocessing
    threads = classifier.engine.threads
    // What the list has left out by now is known before the first image is taken.
    state = Monitor(State(leftOut: images.leftOut, passedOver: images.passedOver))
    queue = Monitor(Queue(images: images))
    shared = Monitor(classifier)
    self.configuration = configuration
    // One finds out that there are none.
    for _ in 0..<max(1, min(threads, images.count ?? threads)) {
      try DetachedThread.start { [self] in
        work(ImagePreparer(preprocessing, configuration.reading))
      }
    }
  }

  /// The next records in order, at least one; empty at the end, or when stopped.
  package func next() -> [Record] {
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

  /// Files in folders that may be images, and were left out; those of a list as far as it has been read.
  package var leftOut: UnclearFiles { state.with { $0.leftOut } }

  /// Whether all images have records, and these were handed over.
  package var isComplete: Bool { state.with { $0.handedOver == $0.total } }

  /// How many the list has met and not taken by now: ``ImageList/passedOver``.
  package var passedOver: Int { state.with { $0.passedOver } }

  /// Why the list ended before its end: ``ImageList/failure``.
  package var failure: SystemError? { state.with { $0.failure } }

  /// Ends the waiting of `next`; images that are being classified get no record.
  package func stop() { state.with { $0.isStopped = true } }

  // MARK: On the threads

  private func work(_ preparer: consuming ImagePreparer) {
    var own: Classifier?
    while let portion = take() {
      var images: [PreparedImage] = []
      for entry in portion.entries { images.append(preparer.prepare(entry)) }
      let records: [Record]
      if portion.isShared {
        records = shared.with { $0.records(of: images, configuration.style) }
      } else {
        let classifier = own ?? shared.with { $0.onOneThread() }
        own = classifier
        records = classifier.records(of: images, configuration.style)
      }
      deliver(records, from: portion.first)
    }
  }

  /// Images for a thread to classify; waits while there are records that nobody has fetched.
  private func take() -> Portion? {
    let limit = 16 * threads * configuration.batch
    let mayGoOn = state.when({ $0.isStopped || $0.taken - $0.handedOver < limit }) {
      !$0.isStopped
    }
    guard mayGoOn else { return nil }
    // The list has a lock of its own: it may wait for whoever writes it.
    let (first, entries, left, leftOut, passedOver, failure) = queue.with { queue in
      var entries: [ImageEntry] = []
      // As many stay for each of the other threads, if there are so many.
      while entries.isEmpty
        || entries.count < min(configuration.batch, queue.images.knownLeft / threads + 1),
        let entry = queue.images.next()
      {
        entries.append(entry)
      }
      defer { queue.taken += entries.count }
      let images = queue.images
      return (
        queue.taken, entries, images.knownLeft, images.leftOut, images.passedOver, images.failure
      )
    }
    return state.with { state in
      if leftOut.count > state.leftOut.count { state.leftOut = leftOut }
      guard !entries.isEmpty else {
        state.total = first
        (state.passedOver, state.failure) = (passedOver, failure)
        return nil
      }
      state.taken += entries.count
      state.inFlight += entries.count
      return Portion(first: first, entries: entries, isShared: state.inFlight + left < threads)
    }
  }

  private func deliver(_ records: [Record], from first: Int) {
    state.with { state in
      for (index, record) in records.enumerated() { state.ready[first + index] = record }
      state.inFlight -= records.count
    }
  }
}
