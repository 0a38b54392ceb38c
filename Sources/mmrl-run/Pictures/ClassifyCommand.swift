import ArgumentParser

/// `mmrl-run PATH...`: classifies files, folders, lists.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Classify pictures (what mmrl-run does when no subcommand is named).",
    usage: "mmrl-run <path> ... [<options>]")

  @Argument(help: "Pictures, folders of pictures, or - for a list of paths on stdin.")
  var paths: [String] = []

  @Flag(name: .shortAndLong, help: "Go into the folders of folders.")
  var recursive = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var results: ResultOptions

  @Option(help: "Pictures in a forward pass, at most; each thread has passes of its own.")
  var batch = 1

  @Flag(help: "Decode JPEG at the smallest scale that fits: faster, not quite the same pixels.")
  var fastDecode = false

  func validate() throws {
    if paths.isEmpty {
      throw ValidationError("Name pictures or folders, or - for a list on stdin.")
    }
    guard (1...256).contains(batch) else { throw ValidationError("--batch takes 1 to 256.") }
  }

  func run() throws {
    let source = PictureSource(arguments: paths, recursively: recursive)
    guard source.count != 0 else {
      Message.say(noPictures)
      throw ExitCode(2)
    }
    do {
      let failed = try classify(source)
      if failed > 0 { throw ExitCode(1) }
    } catch let code as ExitCode {
      throw code
    } catch {
      Message.say("\(error)")
      throw ExitCode(2)
    }
  }

  private var noPictures: String {
    let places = paths.map { $0 == "-" ? "the list on stdin" : $0 }.joined(separator: ", ")
    let hint = recursive || paths == ["-"] ? "" : " (-r goes into the folders of folders)"
    return "no pictures in \(places)\(hint)"
  }

  /// Classifies everything; returns how many pictures failed.
  private func classify(_ source: PictureSource) throws -> Int {
    let interruption = try Interruption()
    let classifier = try Classifier(
      model, labels: results.labels, maximumBatch: min(batch, source.count ?? batch))
    let sets = classifier.sets
    let pipeline = try PicturePipeline(
      source, classifier, batch: batch, top: results.count, fastDecode: fastDecode)
    interruption.onSignal { pipeline.stop() }

    let format = results.recordFormat(
      originColumns: ["path"], originWidth: min(source.longestKnownPath, 72),
      sets: sets)
    let output = try ResultOutput(path: results.output)
    var progress = ProgressLine(total: source.count, recordsGoToFile: results.output != nil)
    do {
      output.append(format.header)
      while true {
        let records = pipeline.next()
        guard !records.isEmpty else { break }
        for record in records { output.append(format.line(for: record)) }
        progress.makeWay()
        try output.flush()
        progress.count(done: records.count, failed: records.count(where: \.isFailure))
      }
      guard progress.done > 0 || interruption.hasCome else {
        Message.say(noPictures)
        throw ExitCode(2)
      }
      try output.finish()
    } catch {
      output.discard()
      throw error
    }
    progress.finish(interrupted: interruption.hasCome)
    interruption.endIfCome()
    return progress.failed
  }
}
