import ArgumentParser
import Basics
import Classification
import Imaging
import Inference

extension ClassifyCommand {
  /// Classifies files, folders, lists, and prints a record of each image in order.
  func classifyImages() throws {
    let places = PathName.arguments(paths)
    let stdin = PathName("-")
    let list = ImageList(
      places.filter { $0 != stdin }, names: places.contains(stdin) ? NameList() : nil,
      recursively: images.recursive, lookingIntoAll: files.allFiles)
    ReadingOptions.say(list.leftOut)
    guard list.count != 0 else { throw NoImages(places: paths, recursively: images.recursive) }

    try Interruption.catchSignals()
    let format = results.format ?? .table
    var configuration = ImagePipeline.Configuration()
    configuration.batch = min(pipeline.batch ?? 1, list.count ?? .max)
    configuration.reading = files.reading
    let classifier = try makeClassifier(maximumBatch: configuration.batch)
    configuration.style = results.style(in: format)
    let writer = format.writer(
      of: .images,
      table: ImageTable(pathWidth: min(list.longestKnownPath, 72), sets: classifier.sets))
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
    try output.finish()
    progress.finish(interrupted: Interruption.hasCome)
    Interruption.endIfCome()
    if progress.failed > 0 { throw ExitCode(progress.failed == progress.done ? 2 : 1) }
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
