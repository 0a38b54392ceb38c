import ArgumentParser
import Basics
import Classification
import Inference
import ModelFile

/// `mmrl-run test MODEL FOLDER`: how often a model is right about images whose labels are known.
struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Say how often a model is right, by images sorted into folders named after labels.",
    discussion: """
      FOLDER has a folder of images for each label, named after it (case does not count, _ is a space), \
      and one named none for images of none of the labels, if there are some. Labels without a folder \
      take part as possible answers. Exit status: 0 all images were read, 1 some could not be, 2 nothing \
      could be done, 64 wrong usage.
      """,
    helpNames: .help)

  @Argument(help: ArgumentHelp("The model.", valueName: "model.mmrl"))
  var model: String

  @Argument(help: ArgumentHelp("The folder of folders.", valueName: "folder"))
  var folder: String

  @Option(help: ArgumentHelp("The folder of images of none of the labels.", valueName: "name"))
  var none = PhotoFolders.none

  @Flag(help: "Leave out folders that are named after no label.")
  var ignoreOthers = false

  @Option(help: UnknownRate.help)
  var unknown: UnknownRate?

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write a page with the worst mistakes as pictures, too.", valueName: "file.html"))
  var report: String?

  @OptionGroup var files: ReadingOptions
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    guard !none.isEmpty else { throw ValidationError("--none takes the name of a folder.") }
  }

  func run() throws { try Failure.reported { try test() } }

  private func test() throws {
    let engine = try self.engine.load(model)
    let labels = engine.manifest.labelSets.sorted { $0.kind == .known && $1.kind != .known }
      .flatMap { set in set.labels.map { ModelLabel($0, set.kind) } }
    let place = PathName.arguments([folder])[0]
    let folder = try TestFolder(
      place, labels: labels, none: none, ignoringOthers: ignoreOthers,
      lookingIntoAll: files.allFiles)
    say(folder)
    let modelFile = FileIdentity(PathName(model))
    try ResultOutput.refuse(report, "--report") { $0 == modelFile || folder.images.contains($0) }
    // Opened first: what cannot be written should not be found out at the end.
    let page = try report.map { try ResultOutput(path: $0) }
    let threshold = try unknown.threshold(of: engine.manifest)

    try Interruption.catchSignals()
    var configuration = ImagePipeline.Configuration()
    configuration.style.top = labels.count
    configuration.style.explains = true
    configuration.reading = files.reading
    let pipeline = try ImagePipeline(
      folder.images, Classifier(engine, threshold: threshold), configuration)
    Interruption.onSignal { pipeline.stop() }
    let (images, failed) = classify(pipeline, folder.truths)
    if Interruption.hasCome, let discarded = page?.discard() { Message.say(discarded) }
    Interruption.endIfCome()
    guard !images.isEmpty else { throw NothingRead(folder: self.folder) }

    let result = TestReport(
      model: model, folder: self.folder, images: images, failed: failed, threshold: threshold,
      figures: TestFigures(images, labels: labels))
    print(json ? result.json : result.text(width: Terminal.columnsOfResults))
    if let page {
      page.append(TestPage(result).html)
      try page.finish()
    }
    if failed > 0 { throw ExitCode(1) }
  }

  private func classify(
    _ pipeline: ImagePipeline, _ truths: [ModelLabel?]
  ) -> (images: [TestedImage], failed: Int) {
    var images: [TestedImage] = []
    var progress = ProgressLine(total: truths.count, recordsGoToFile: true)
    while case let records = pipeline.next(), !records.isEmpty {
      for (record, truth) in zip(records, truths[progress.done...]) {
        if let image = TestedImage(record, truth: truth) { images.append(image) }
        if case .failure(let reason) = record.outcome, case .file(let path) = record.origin {
          Message.say("\(path.printable): \(reason)")
        }
      }
      progress.count(done: records.count, failed: records.count(where: \.isFailure))
    }
    progress.finish(interrupted: Interruption.hasCome)
    return (images, progress.failed)
  }

  /// Says what of the folder takes no part.
  private func say(_ folder: TestFolder) {
    ReadingOptions.say(folder.leftOut)
    if !folder.ignored.isEmpty {
      Message.say("left out: \(folder.ignored.map(\.printable).joined(separator: ", "))")
    }
    if !folder.empty.isEmpty {
      Message.say("without images: \(folder.empty.map(\.printable).joined(separator: ", "))")
    }
    if folder.imagesWithoutLabel > 0 {
      Message.say(
        "left out: \(Decimal.counted(folder.imagesWithoutLabel, "image")) beside the folders")
    }
  }
}

/// None of the images could be read.
private struct NothingRead: Error, CustomStringConvertible {
  var folder: String
  var description: String { "\(folder): none of the images could be read" }
}
