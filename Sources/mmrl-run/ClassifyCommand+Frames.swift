import ArgumentParser
import Basics
import Classification
import Glibc
import Inference
import Live
import LiveServer

extension ClassifyCommand {
  /// Classifies cameras or a stream until a signal or the end, and tells whoever was asked for.
  func classifyFrames() throws {
    try Interruption.catchSignals()
    signal(SIGPIPE, SIG_IGN)
    let wake = try WakePipe()
    Interruption.onSignal { wake.wake() }
    let loaded = try engine.load(model)
    let classifier = try Classifier(loaded, labels: results.labels)

    // The printer comes last, since it may have to wait for its reader.
    let sinks = SinkList(
      [
        SourceLog(names: live.sources.map(\.name), say: Message.say), try makeServer(loaded),
        makeRunner(wake), makePrinter(wake),
      ].compactMap(\.self))
    let loop = try LiveLoop(
      opening: live.sources, classifier,
      decisions.configuration(try results.style(of: loaded.manifest, in: format)), sinks,
      wake: wake, isInterrupted: { Interruption.hasCome })
    switch loop.run() {
    case .done: break
    case .incomplete: throw ExitCode(1)
    case .nothingSeen: throw NothingSeen()
    }
  }

  private var format: OutputFormat {
    results.format ?? (isatty(STDOUT_FILENO) == 1 ? .table : .jsonl)
  }

  /// Starts the server, if one is wanted.
  private func makeServer(_ engine: Engine) throws -> (any Sink)? {
    guard let address = server.serve else { return nil }
    let path = try ModelLocation.find(named: model.model)
    let started = try LiveServer(
      address, token: server.effectiveToken, sources: live.sources.map(\.name),
      timeout: max(10, 3 * (decisions.interval ?? 0)),
      program: LiveServer.Program(
        version: Version.text, model: String(path.split(separator: "/").last ?? ""),
        instructionSet: "\(engine.instructionSet)"))
    Message.say("serving at http://\(started.address)/")
    return started
  }

  private func makeRunner(_ wake: WakePipe) -> (any Sink)? {
    commands.exec.map { command in
      CommandRunner(command, limit: commands.limit, wake: wake) { Message.say("--exec: \($0)") }
    }
  }

  private func makePrinter(_ wake: WakePipe) -> (any Sink)? {
    let output = InterruptibleOutput(descriptor: STDOUT_FILENO, wake: wake) {
      Interruption.hasCome
    }
    return Printer(
      format.writer(
        of: .frames, table: FrameTable(hasBars: isatty(STDOUT_FILENO) == 1)),
      onlyChanges: decisions.onChange ?? (format == .table), peer: STDOUT_FILENO,
      write: output.write)
  }
}

/// A stream came to its end without anything to say.
private struct NothingSeen: Error, CustomStringConvertible {
  let description = "there was no frame that could be classified"
}
