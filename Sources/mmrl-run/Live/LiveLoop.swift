import ArgumentParser
import Capture
import Glibc
import Imaging

/// Waits for frames, classifies the newest, says what it shows; until a signal or the end.
final class LiveLoop {
  private let command: LiveCommand
  private let classifier: Classifier
  private let interruption: Interruption
  private let wake: WakePipe
  private let printer: LivePrinter
  private let web: LiveWeb?
  private let actions: LiveActions?
  /// All who get results; the printer last, since it may have to wait for its reader.
  private let sinks: [any LiveSink]
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
    let classifier = try Classifier(command.model, labels: command.results.labels, maximumBatch: 1)
    self.classifier = classifier
    cropper = Cropper(classifier.preprocessing)
    web = try command.makeWeb(classifier.engine)
    let log = LiveLog(alsoTo: web)
    watches = try command.openSources(shortEdge: classifier.preprocessing.size, log: log)
      .map { LiveWatch($0, command.decisions, sets: classifier.sets) }
    actions = command.actions.exec.map {
      LiveActions($0, limit: command.actions.execLimit, wake: wake)
    }
    let format = command.results.recordFormat(
      sets: classifier.sets, sourceWidth: watches.map(\.source.name.count).max() ?? 0)
    printer = LivePrinter(
      LiveOutput(wake: wake) { !interruption.hasCome }, format,
      onlyChanges: command.saysOnlyChanges, sourceCount: watches.count)
    sinks = [web as (any LiveSink)?, actions, printer].compactMap(\.self)
  }

  func run() throws {
    var isOpen = printer.start()
    var first = 0
    while isOpen, !interruption.hasCome, watches.contains(where: { !$0.source.hasEnded }) {
      isOpen = waitForFrames()
      actions?.step()
      // Who was served is asked last the next time.
      for step in watches.indices where isOpen && !interruption.hasCome {
        let index = (first + step) % watches.count
        guard watches[index].isDue, serve(index, &isOpen) else { continue }
        first = index + 1
        break
      }
    }
    actions?.finish { [interruption] in interruption.hasCome }
    web?.stop()
    for watch in watches { Message.say(watch.summary) }
    if let actions { Message.say(actions.summary) }
    if isOpen && !interruption.hasCome { try checkThatAllWasRead() }
  }

  /// A stream that came to its end may have given nothing, or not all.
  private func checkThatAllWasRead() throws {
    guard watches.contains(where: { $0.classified > 0 }) else { throw NothingSeen() }
    if watches.contains(where: { $0.source.faults[.stream] > 0 }) { throw ExitCode(1) }
  }

  private struct NothingSeen: Error, CustomStringConvertible {
    let description = "there was no frame that could be classified"
  }

  /// False when nobody reads what is printed.
  private func waitForFrames() -> Bool {
    let now = MonotonicTime.now
    var wanted = [
      pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
      // Errors only: a reader that has gone is noticed even while there is nothing to print.
      pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
    ]
    var deadline = actions?.deadline
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
    poll(&wanted, nfds_t(wanted.count), deadline?.pollTimeout ?? -1)
    if wanted[0].revents != 0 { wake.clear() }
    return wanted[1].revents == 0
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
    let result = watches[index].result(of: classification, info, index: index)
    for sink in sinks where !sink.take(result) { isOpen = false }
    return true
  }
}
