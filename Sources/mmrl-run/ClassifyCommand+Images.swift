import ArgumentParser
import Basics
import Classification
import Glibc
import Imaging
import Inference

extension ClassifyCommand {
  /// Classifies files, folders, lists, and prints a record of each image in order.
  func classifyImages() throws {
    let places = PathName.arguments(paths)
    let stdin = PathName("-")
    guard places.count(where: { $0 == stdin }) < 2 else {
      throw ValidationError("- is the list on stdin, which can be read once: name it once.")
    }
    if places.contains(stdin), isatty(STDIN_FILENO) == 1 {
      Message.say("- is a list: write paths here, one a line (Ctrl-D ends it)")
    }
    let list = ImageList(
      places.filter { $0 != stdin }, names: places.contains(stdin) ? NameList() : nil,
      recursively: images.recursive, lookingIntoAll: files.allFiles)
    ReadingOptions.say(list.leftOut)
    guard list.count != 0 else { throw NoImages(places: paths, recursively: images.recursive) }
    let modelFile = FileIdentity(PathName(try ModelLocation.find(named: model.model)))
    try ResultOutput.refuse(images.output, "--output") { $0 == modelFile || list.contains($0) }

    try Interruption.catchSignals()
    let format = results.format ?? .table
    var configuration = ImagePipeline.Configuration()
    configuration.batch = min(pipeline.batch ?? 1, list.count ?? .max)
    configuration.reading = files.reading
    let classifier = try makeClassifier(maximumBatch: configuration.batch)
    if let region = try parts.region() {
      CropOptions.say(region, besides: classifier.preprocessing.region)
      classifier.preprocessing.region = region
    }
    configuration.style = results.style(in: format)
    let writer = format.writer(
      of: .images,
      table: ImageTable(
        pathWidth: list.longestKnownPath, sets: classifier.sets,
        width: images.output == nil ? Terminal.columnsOfResults : nil))
    let records = try ImagePipeline(list, classifier, configuration)
    Interruption.onSignal { records.stop() }
    try print(records, as: writer, total: list.count, alreadyLeftOut: list.leftOut)
  }

  private func print(
    _ pipeline: ImagePipeline, as writer: any RecordFormat, total: Int?,
    alreadyLeftOut: UnclearFiles
  ) throws {
    let output = try ResultOutput(path: images.output)
    var progress = ProgressLine(total: total, recordsGoToFile: images.output != nil)
    output.append(writer.header)
    while case let records = pipeline.next(), !records.isEmpty {
      // What is on a list is known when it comes.
      if total == nil { try refuseToReplace(records) }
      for record in records { output.append(writer.text(of: record)) }
      progress.makeWay()
      try output.flush()
      progress.count(done: records.count, failed: records.count(where: \.isFailure))
    }
    // Those in folders that a list on stdin named.
    ReadingOptions.say(UnclearFiles(Array(pipeline.leftOut.paths[alreadyLeftOut.paths.count...])))
    guard progress.done > 0 || Interruption.hasCome else {
      throw NoImages(places: paths, recursively: images.recursive)
    }
    let isCutOff = Interruption.hasCome && progress.done != total
    let discarded = isCutOff ? output.discard() : nil
    if !isCutOff { try output.finish() }
    progress.finish(interrupted: isCutOff)
    if let discarded { Message.say(discarded) }
    Interruption.endIfCome()
    if progress.failed > 0 { throw ExitCode(progress.failed == progress.done ? 2 : 1) }
  }
}

extension ClassifyCommand {
  /// Refuses to write to a file that a list has named.
  private func refuseToReplace(_ records: [Record]) throws {
    try ResultOutput.refuse(images.output, "--output") { file in
      records.contains { record in
        guard case .file(let path) = record.origin else { return false }
        return FileIdentity(PathName(path)) == file
      }
    }
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
