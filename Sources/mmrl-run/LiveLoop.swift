import Capture
import Glibc
import Imaging

/// Waits for frames, classifies the newest, says what it shows; until a signal or the end.
final class LiveLoop {
  private let command: LiveCommand
  private let classifier: Classifier
  private let interruption: Interruption
  private let wake: WakePipe
  private let output: LiveOutput
  private let format: any RecordFormat
  private let web: LiveWeb?
  private var cropper: Cropper
  private var watches: [LiveWatch]
  private var image = Image(width: 1, height: 1)
  private var crop = Image(width: 1, height: 1)

  init(_ command: LiveCommand) throws {
    let interruption = try Interruption()
    signal(SIGPIPE, SIG_IGN)
    let wake = try WakePipe()
    interruption.onSignal { wake.wake() }
    self.command = command
    self.interruption = interruption
    self.wake = wake
    output = LiveOutput(wake: wake) { !interruption.hasCome }
    let classifier = try Classifier(command.model, labels: command.results.labels, maximumBatch: 1)
    self.classifier = classifier
    cropper = Cropper(classifier.preprocessing)
    web = try command.makeWeb(classifier.engine)
    let log = LiveLog(alsoTo: web)
    watches = try command.openSources(shortEdge: classifier.preprocessing.size, log: log)
      .map { LiveWatch($0, command.decisions, sets: classifier.sets) }
    format = command.results.recordFormat(
      sets: classifier.sets, sourceWidth: watches.map(\.source.name.count).max() ?? 0)
  }

  func run() throws {
    var isOpen = output.write(format.header)
    var first = 0
    while isOpen, !interruption.hasCome, watches.contains(where: { !$0.source.hasEnded }) {
      waitForFrames()
      // Who was served is asked last the next time.
      for step in watches.indices where isOpen && !interruption.hasCome {
        let index = (first + step) % watches.count
        guard watches[index].isDue, serve(index, &isOpen) else { continue }
        first = index + 1
        break
      }
    }
    web?.stop()
    for watch in watches { Message.say(watch.summary) }
  }

  private func waitForFrames() {
    let now = MonotonicTime.now
    var wanted = [pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)]
    var deadline: MonotonicTime?
    for watch in watches where !watch.source.hasEnded {
      let time: MonotonicTime?
      if let due = watch.dueTime, due > now {
        time = due
      } else {
        wanted.append(
          pollfd(fd: watch.source.descriptor, events: Int16(POLLIN | POLLPRI), revents: 0))
        time = watch.source.deadline
      }
      if let time { deadline = min(deadline ?? time, time) }
    }
    let milliseconds = deadline.map { Int32(max(0, ($0 - now) * 1000).rounded(.up)) } ?? -1
    poll(&wanted, nfds_t(wanted.count), milliseconds)
    if wanted[0].revents != 0 { wake.clear() }
  }

  /// Takes a source's newest frame; false when it has none.
  private func serve(_ index: Int, _ isOpen: inout Bool) -> Bool {
    let source = watches[index].source
    let isWatched = web?.isWatched(index) ?? false
    source.keepsJPEG = isWatched
    guard let info = source.next(into: &image) else {
      if source.hasEnded { web?.ended(index) }
      return false
    }
    cropper.crop(image, into: &crop)
    if isWatched { web?.show(index, info, jpeg: source.jpeg, image: &image) }
    guard watches[index].isWorthClassifying(crop, info) else {
      web?.sawStill(index, info)
      return true
    }
    let classification = classifier.classify(crop, top: command.results.count) { scores, set in
      watches[index].smooth(&scores, set: set, at: info.captured)
    }
    web?.publish(index, source, info, classification)
    if let record = watches[index].record(of: classification, info) {
      isOpen = output.write(format.line(for: record))
    }
    return true
  }
}
