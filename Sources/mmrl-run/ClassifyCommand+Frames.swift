import ArgumentParser
import Basics
import Classification
import Glibc
import Imaging
import Inference
import Live
import LiveMQTT
import LiveSaving
import LiveServer
import LiveTeaching

extension ClassifyCommand {
  /// Classifies cameras or a stream until a signal or the end, and tells whoever was asked for; or only what clients send.
  func classifyFrames() throws {
    try Interruption.catchSignals()
    signal(SIGPIPE, SIG_IGN)
    let wake = try WakePipe()
    Interruption.onSignal { wake.wake() }
    let output = InterruptibleOutput(descriptor: STDOUT_FILENO, wake: wake) {
      Interruption.hasCome
    }
    let ending = try makeLoop(wake, output).run()
    if let failure = output.failure { throw ResultOutput.WriteFailure("stdout", failure) }
    switch ending {
    case .done: break
    case .incomplete: throw ExitCode(1)
    case .nothingSeen: throw NothingSeen()
    }
  }

  /// Opens everything; from then on only the loop holds the model, so that a replaced one is released.
  private func makeLoop(
    _ wake: WakePipe, _ output: InterruptibleOutput
  ) throws -> LiveLoop {
    let service = try ServiceManager.fromEnvironment()
    let path = try ModelLocation.find(named: model.model)
    // From before the model is read, so that no replacement is missed.
    let watch = try FileWatch(path: path)
    try HangUp.onSignal { watch.trigger() }
    let successor = Monitor<Classifier?>(nil)
    let queue = try makeQueue()
    let install: @Sendable (Classifier) -> Void = { classifier in
      queue?.use(classifier)
      successor.with { $0 = classifier }
      wake.wake()
    }
    let parts = PartRequests { wake.wake() }
    let taught = try server.teach.map { try TaughtStart(self, path, folder: $0, parts, install) }
    let classifier = try taught?.classifier ?? makeClassifier()
    let saved = try saving.save.map { try SavedFolder($0, saving.plan.limits) }
    queue?.use(classifier)
    // The printer comes last, since it may have to wait for its reader.
    let sinks = SinkList(
      [
        SourceLog(names: sources.map(\.name), say: Message.say),
        ModelLog(path: taught == nil ? path : "the model"), taught?.teacher,
        try makeServer(path, classifier, taught?.teacher, saved, queue, parts),
        try makeSaver(saved),
        makeRunner(wake),
        try makePublisher(classifier) { watch.trigger() },
        service.map {
          ServiceNotifier(
            $0, names: sources.map(\.name),
            timeout: SourceHealth.timeout(interval: longestInterval))
        }, makePrinter(output),
      ].compactMap(\.self))
    let usual = decisions.configuration(results.style(in: format))
    let own = try configurations(besides: usual)
    let loop = try LiveLoop(
      opening: sources.map(\.source), classifier, usual, own: own, sinks,
      successor: successor, parts: parts, wake: wake, isInterrupted: { Interruption.hasCome })
    if let taught, case let teacher = taught.teacher {
      if taught.hasToLearn { try teacher.startLearning() }
      try watch.start { teacher.learnAgain() }
    } else {
      try reload(on: watch, service, install)
    }
    return loop
  }

  /// What is done with each source's frames.
  private func configurations(besides usual: LiveConfiguration) throws -> [LiveConfiguration] {
    let plans = sources
    return try zip(plans, parts(of: plans)).map { plan, part in
      var own = plan.settings?.configuration(besides: usual) ?? usual
      // The name may be one that the source itself does not know.
      own.parts.usual = part
      return own
    }
  }

  /// The part of each source's frames that the options or a file ask for.
  private func parts(of plans: [SourcePlan]) throws -> [FramePart?] {
    let parts = try parts.parts(of: plans.map(\.name))
    return plans.map { plan in
      parts.ofSource[plan.name] ?? plan.settings?.parts.crop.first?.part ?? parts.usual
    }
  }

  /// The parts that they ask for, of any source.
  func askedParts() throws -> [FramePart] { try parts(of: sources).compactMap(\.self) }

  private var format: OutputFormat {
    results.format ?? (isatty(STDOUT_FILENO) == 1 ? .table : .jsonl)
  }

  /// What classifies images that clients send, if there is a server.
  private func makeQueue() throws -> ImageQueue? {
    guard server.serve != nil else { return nil }
    var configuration = ImageQueue.Configuration()
    configuration.style = results.style(in: .jsonl)
    configuration.reading = files.reading
    if files.maxMegapixels == nil {
      configuration.reading.pixelLimit = ServerOptions.usualPixelLimit
    }
    // That of a camera, or in its pixels, says nothing of other images.
    if case .fractions(let region) = parts.crop.first(where: { $0.source == nil })?.part {
      configuration.region = region
    }
    configuration.isBesideOthers = isLive
    return try ImageQueue(configuration)
  }

  /// Starts the server, if one is wanted.
  private func makeServer(
    _ path: String, _ classifier: Classifier, _ teacher: Teacher?, _ saved: SavedFolder?,
    _ queue: ImageQueue?, _ parts: PartRequests
  ) throws -> (any Sink)? {
    guard let address = server.serve else { return nil }
    let started = try LiveServer(
      address, token: server.effectiveToken, hosts: server.serveHost,
      sources: sources.map(\.name), labels: classifier.sets.flatMap(\.labels),
      timeout: SourceHealth.timeout(interval: longestInterval),
      program: LiveServer.Program(
        version: Version.text, model: String(path.split(separator: "/").last ?? ""),
        instructionSet: "\(classifier.engine.instructionSet)"),
      teacher: teacher, saved: saved, queue: queue, parts: parts)
    // With the token, so that it can be clicked; but not into a log.
    let links = started.address.links(token: Message.isSeen ? server.effectiveToken : nil)
    Message.say("serving at \(links.joined(separator: ", "))")
    return started
  }

  /// Keeps pictures, if that is wanted.
  private func makeSaver(_ folder: SavedFolder?) throws -> (any Sink)? {
    guard let folder else { return nil }
    return try LiveSaving(saving.plan, in: folder, sources: sources.map(\.name)) {
      Message.say("\(folder.path.text): \($0)")
    }
  }

  private func makeRunner(_ wake: WakePipe) -> (any Sink)? {
    commands.exec.map { command in
      CommandRunner(command, limit: commands.limit, wake: wake) { Message.say("--exec: \($0)") }
    }
  }

  /// Prepares what a broker is told, if there is one; the broker may be away.
  private func makePublisher(
    _ classifier: Classifier, reload: @escaping @Sendable () -> Void
  ) throws -> (any Sink)? {
    let topics = sources.map { $0.settings?.topic }
    guard let plan = try mqtt.plan(sources: sources.map(\.name), topics: topics) else {
      return nil
    }
    return try LiveMQTT(
      plan, labels: classifier.sets.flatMap(\.labels),
      report: { MQTTOptions.say($0, of: plan.address) }, reload: reload)
  }

  /// Takes back what a broker has retained of this device.
  func forget() throws {
    signal(SIGPIPE, SIG_IGN)
    guard let plan = try mqtt.plan(sources: []) else { return }
    do throws(BrokerFault) {
      let count = try Forgetting.run(plan)
      Message.say(
        "\(plan.address): forgot \(Decimal.counted(count, "topic")) of \(plan.topics.base)")
    } catch {
      throw NotForgotten(
        description: "\(plan.address): \(MQTTOptions.text(of: error, at: plan.address))")
    }
  }

  private func makePrinter(_ output: InterruptibleOutput) -> (any Sink)? {
    guard isLive else { return nil }
    return Printer(
      format.writer(
        of: .frames,
        table: FrameTable(
          hasBars: isatty(STDOUT_FILENO) == 1, width: Terminal.columnsOfResults)),
      onlyChanges: decisions.onChange ?? (format == .table), peer: STDOUT_FILENO,
      write: output.write)
  }
}

/// The broker could not be told to forget.
private struct NotForgotten: Error, CustomStringConvertible {
  let description: String
}

/// A stream came to its end without anything to say.
private struct NothingSeen: Error, CustomStringConvertible {
  let description = "there was no frame that could be classified"
}
