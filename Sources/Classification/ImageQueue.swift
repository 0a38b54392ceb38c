package import Basics
internal import Glibc
package import Imaging

/// Classifies images that come one by one from elsewhere, on a thread of its own: one at a time, and a few may wait.
package final class ImageQueue: Sendable {
  /// How the images are classified.
  package struct Configuration: Sendable {
    /// What a record has of the scores.
    package var style = RecordStyle()
    /// How their files are read.
    package var reading = ImageReading()
    /// What part of them is looked at; nil for what the model says.
    package var region: ImageRegion?
    /// Images that may wait.
    package var room = 8
    /// Whether others need the processor more: then a pass takes one thread, which is the last to run.
    package var isBesideOthers = true

    /// Five labels, beside others.
    package init() {}
  }

  /// Why an image was not classified.
  package struct Fault: Error {
    /// What is wrong with its file.
    package var error: ImageError
    /// The same for a person, with what can be done about it.
    package var reason: String
  }

  /// Takes what came of an image; called on another thread.
  package typealias Reply = @Sendable (Result<Record, Fault>) -> Void

  private struct Job {
    var number: Int
    var file: [UInt8]
    var reply: Reply
  }

  private struct State {
    var jobs: [Job] = []
    /// Images taken on so far, by which they are meant.
    var count = 0
    /// The one that is being classified.
    var current: Int?
    var isStopped = false
    /// What classifies, and how often it was replaced.
    var classifier: Classifier?
    var replacements = 0
    /// The thread's own, made of that when it is first needed; nil while it is at work.
    var worker: Worker?
  }

  /// Takes an image from file to record.
  private final class Worker {
    private let classifier: Classifier
    private var preparer: ImagePreparer
    let replacements: Int

    init(_ classifier: Classifier, _ reading: ImageReading, replacements: Int) {
      self.classifier = classifier
      self.replacements = replacements
      preparer = ImagePreparer(classifier.preprocessing, reading)
    }

    func classify(_ file: [UInt8], _ style: RecordStyle) -> Result<Record, Fault> {
      preparer.prepare(file).map { crop in
        let (scores, milliseconds) = classifier.scores(of: [crop.image], explains: style.explains)
        let labels = Record.Labels(
          scores[0], style, milliseconds: milliseconds, warnings: crop.warnings)
        return Record(origin: .bytes, outcome: .labels(labels))
      }
    }
  }

  private let state = Monitor(State())
  private let configuration: Configuration

  /// Starts the thread; images wait until there is a classifier.
  ///
  /// - Throws: when the system refuses a thread.
  package init(_ configuration: Configuration) throws(SystemError) {
    self.configuration = configuration
    try DetachedThread.start { [self] in work() }
  }

  /// Classifies by this model from the next image on; the old one's memory is free once the image at work is done.
  ///
  /// Others may use the classifier meanwhile, but not change it any more.
  package func use(_ classifier: Classifier) {
    state.with { state in
      state.classifier = classifier
      state.replacements += 1
      state.worker = nil
    }
  }

  /// Takes on an image's file.
  ///
  /// - Parameters:
  ///   - file: its bytes.
  ///   - reply: is called once, unless the image is withdrawn or the queue stopped before.
  /// - Returns: the number by which it can be withdrawn; nil when too many wait.
  package func classify(_ file: [UInt8], reply: @escaping Reply) -> Int? {
    state.with { state in
      guard state.jobs.count < configuration.room, !state.isStopped else { return nil }
      state.count += 1
      state.jobs.append(Job(number: state.count, file: file, reply: reply))
      return state.count
    }
  }

  /// Forgets an image; nobody is replied to any more.
  package func withdraw(_ number: Int) {
    state.with { state in
      state.jobs.removeAll { $0.number == number }
      if state.current == number { state.current = nil }
    }
  }

  /// Ends it: from now on nobody is replied to.
  package func stop() {
    state.with { state in
      state.isStopped = true
      state.jobs = []
      state.current = nil
    }
  }

  // MARK: On the thread

  private func work() {
    // Of this thread alone.
    if configuration.isBesideOthers { setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10) }
    while let (job, worker) = take() {
      let result = worker.classify(job.file, configuration.style)
      state.with { state in
        if state.replacements == worker.replacements { state.worker = worker }
        // With the lock held, so that none comes after it was withdrawn.
        if state.current == job.number { job.reply(result) }
        state.current = nil
      }
    }
  }

  /// The next image, once there is one; nil at the end.
  private func take() -> (Job, Worker)? {
    state.when({ $0.isStopped || !$0.jobs.isEmpty && $0.classifier != nil }) { state in
      guard !state.isStopped, let classifier = state.classifier else { return nil }
      let job = state.jobs.removeFirst()
      state.current = job.number
      let worker = state.worker ?? makeWorker(of: classifier, state.replacements)
      state.worker = nil
      return (job, worker)
    }
  }

  private func makeWorker(of classifier: Classifier, _ replacements: Int) -> Worker {
    let own = configuration.isBesideOthers ? classifier.onOneThread() : classifier.another()
    if let region = configuration.region { own.preprocessing.region = region }
    return Worker(own, configuration.reading, replacements: replacements)
  }
}
