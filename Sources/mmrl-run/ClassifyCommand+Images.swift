import ArgumentParser
import Basics
import Classification
import Glibc
import Imaging
import Inference
import ModelFile

extension ClassifyCommand {
  /// Classifies files, folders, lists, and prints a record of each image in order.
  func classifyImages() throws {
    let places = PathName.arguments(paths)
    let stdin = PathName("-")
    guard places.count(where: { $0 == stdin }) < 2 else {
      throw ValidationError("- is the list on stdin, which can be read once: name it once.")
    }
    var selection = ImageSelection()
    selection.shard = try jobs.shard?.shard()
    let modelPath = try ModelLocation.find(named: model.model)
    let job = try findJob(modelPath, shard: selection.shard)
    selection.done = job?.file.done
    if places.contains(stdin), isatty(STDIN_FILENO) == 1 {
      Message.say("- is a list: write paths here, one a line (Ctrl-D ends it)")
    }
    let list = ImageList(
      places.filter { $0 != stdin }, names: places.contains(stdin) ? NameList() : nil,
      recursively: images.recursive, lookingIntoAll: files.allFiles, selection: selection)
    try complain(of: list.failure)
    ReadingOptions.say(list.leftOut)
    guard list.count != 0 || list.passedOver > 0 else {
      throw NoImages(places: paths, recursively: images.recursive)
    }
    let modelFile = FileIdentity(PathName(modelPath))
    try refuseToReplace { $0 == modelFile || list.contains($0) }

    try Interruption.catchSignals()
    var configuration = ImagePipeline.Configuration()
    configuration.batch = min(pipeline.batch ?? 1, max(1, list.count ?? .max))
    configuration.reading = files.reading
    let classifier = try makeClassifier(maximumBatch: configuration.batch)
    if let region = try parts.region() {
      CropOptions.say(region, besides: classifier.preprocessing.region)
      classifier.preprocessing.region = region
    }
    configuration.style = results.style(in: format)
    configuration.style.hasFeatures = jobs.features != nil
    let writer = format.writer(
      of: .images,
      table: ImageTable(
        pathWidth: list.longestKnownPath, sets: classifier.sets,
        width: images.output == nil ? Terminal.columnsOfResults : nil))
    let output = try makeOutput(job, columns: classifier.engine.manifest.geometry.embedDim)
    let records = try ImagePipeline(list, classifier, configuration)
    Interruption.onSignal { records.stop() }
    try print(records, of: list, to: output, as: writer, earlier: job?.file.found)
  }

  private var format: OutputFormat { results.format ?? (jobs.resume == nil ? .table : .jsonl) }

  private func makeOutput(_ job: Job?, columns: Int) throws -> any RecordOutput {
    if let job { return try JobOutput(job) }
    return try PlainOutput(
      path: images.output,
      features: jobs.features.map { try FeatureFile.create($0, columns: columns) })
  }

  private func print(
    _ pipeline: ImagePipeline, of list: ImageList, to output: any RecordOutput,
    as writer: any RecordFormat, earlier: JobFile.Found?
  ) throws {
    var progress = ProgressLine(
      total: list.total(), recordsGoToFile: images.output != nil || jobs.resume != nil)
    try output.append(header: writer.header)
    while case let records = pipeline.next(), !records.isEmpty {
      // The others are known from the start.
      if list.count == nil { try refuseToReplace { file in records.contains { $0.isOf(file) } } }
      progress.makeWay()
      try output.append(records, as: writer)
      progress.count(done: records.count, failed: records.count(where: \.isFailure))
    }
    try complain(of: pipeline.failure)
    // Those in folders that were looked through meanwhile.
    ReadingOptions.say(pipeline.leftOut.since(list.leftOut))
    guard progress.done > 0 || Interruption.hasCome || pipeline.passedOver > 0 else {
      throw NoImages(places: paths, recursively: images.recursive)
    }
    let isCutOff = Interruption.hasCome && !pipeline.isComplete
    let remark = isCutOff ? try output.breakOff() : nil
    if !isCutOff { try output.finish() }
    progress.finish(interrupted: isCutOff)
    if let remark { Message.say(remark) }
    Interruption.endIfCome()
    let failed = progress.failed + (earlier?.failures ?? 0)
    let done = progress.done + (earlier?.records ?? 0)
    if failed > 0 { throw ExitCode(failed == done ? 2 : 1) }
  }
}

extension ClassifyCommand {
  /// Throws where the records of an earlier run could not be read any more.
  private func complain(of failure: SystemError?) throws {
    guard let failure, let path = jobs.resume else { return }
    throw JobFileError.system(path, failure)
  }

  /// Refuses to write to files that are read.
  private func refuseToReplace(where isRead: (FileIdentity) -> Bool) throws {
    try ResultOutput.refuse(images.output, "--output", where: isRead)
    try ResultOutput.refuse(jobs.features, "--features", where: isRead)
  }
}

extension Record {
  /// Whether it is about a file, by whatever name, or a member of it.
  fileprivate func isOf(_ file: FileIdentity) -> Bool {
    guard case .file(let path) = origin else { return false }
    let archives = path.ranges(of: ".tar/").map { String(path[..<$0.upperBound].dropLast()) }
    return (archives + [path]).contains { FileIdentity(PathName($0)) == file }
  }
}

extension ImageList {
  /// How many there are, for who watches; it may be known later, or never of a list that is being written.
  fileprivate func total() -> Monitor<Int?> {
    let total = Monitor(count)
    // Whether or not it can be told: it is only shown.
    if count == nil, isCountable, Message.isSeen {
      try? DetachedThread.start {
        var rest = self
        var found = 0
        while rest.next() != nil { found += 1 }
        total.with { $0 = found }
      }
    }
    return total
  }
}

/// There is nothing to classify.
private struct NoImages: Error, CustomStringConvertible {
  var places: [String]
  var recursively: Bool

  var description: String {
    let names = places.map { $0 == "-" ? "the list on stdin" : $0 }.joined(separator: ", ")
    let hint = recursively || places == ["-"] ? "" : " (-r goes into the folders of folders)"
    return "no images in \(names)\(hint)"
  }
}
