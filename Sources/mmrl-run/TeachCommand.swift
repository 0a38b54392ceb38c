import ArgumentParser
import Basics
import Classification
import Glibc
import Labelling
import LiveTeaching
import ModelFile

/// `mmrl-run teach MODEL FOLDER`: labels learnt from photos in seconds, without training.
struct TeachCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "teach",
    abstract: "Teach a model labels by photos, in seconds.",
    discussion: """
      FOLDER has a folder of photos for each label, named after it. A label that the model knows gets \
      these photos besides those that it was learnt from; one that it knew by name is learnt from now \
      on; a new one is added, for which the model has to carry its text tower (mmrl-convert ... --with-text). \
      A folder named none is left out. Training (mmrl-convert --train) takes longer and is better.

      Without -o the model's file is replaced when the new one is complete; a program that is \
      running with it takes it by itself. Exit status: 0 all photos were learnt from, 1 some could not be \
      read, 2 nothing could be done, 64 wrong usage.
      """,
    helpNames: .help)

  @Argument(help: ArgumentHelp("The model.", valueName: "model.mmrl"))
  var model: String

  @Argument(help: ArgumentHelp("The folder of folders.", valueName: "folder"))
  var folder: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The model to write, in place of the one named.", valueName: "file.mmrl"))
  var output: String?

  @Option(help: ArgumentHelp("A folder that is no label.", valueName: "name"))
  var none = PhotoFolders.none

  @OptionGroup var files: ReadingOptions
  @OptionGroup var engine: EngineOptions

  func run() throws { try Failure.reported { try ModelOptions.read(model, teach) } }

  private func teach(_ reader: ModelReader) throws {
    let path = try ModelFilePlace.checked(output ?? model)
    let place = PathName.arguments([folder])[0]
    let folders = try PhotoFolders(place, none: none, lookingIntoAll: files.allFiles)
    if let fault = folders.unusable.first { throw fault }
    ReadingOptions.say(folders.leftOut)
    for names in folders.joined {
      Message.say(
        "\(names.joined(separator: ", ")): the same label \"\(names[0])\", taken together")
    }
    for name in folders.empty { Message.say("\(folder)/\(name): no photos there") }
    guard !folders.labels.isEmpty else {
      let advice = folders.advice.map { ": \($0)" } ?? ""
      throw Unusable(folder: folder, reason: "has no folders with photos, one a label\(advice)")
    }
    try ResultOutput.refuse(output, "--output") { folders.contains($0) }
    let lesson = try lesson(of: folders, reader)
    try lesson.taught.write(to: path)
    say(lesson, path)
    if !lesson.unreadable.isEmpty { throw ExitCode(1) }
  }

  /// What the photos teach the model.
  private func lesson(of folders: PhotoFolders, _ reader: ModelReader) throws -> FolderLesson {
    var progress = ProgressLine(
      total: folders.labels.reduce(0) { $0 + $1.photos.count }, recordsGoToFile: true)
    var cache = FeatureCache()
    do {
      let lesson = try FolderLesson(
        folders, reader, engine.means(reading: files.reading), cache: &cache
      ) { fault in
        if let fault {
          progress.makeWay()
          Message.say("\(fault)")
        }
        progress.count(done: 1, failed: fault == nil ? 0 : 1)
      }
      progress.finish(interrupted: false)
      for warning in lesson.warnings { Message.say(warning) }
      return lesson
    } catch is NoReadablePhoto {
      throw Unusable(folder: folder, reason: "has no photo that can be read")
    }
  }

  private func say(_ lesson: FolderLesson, _ path: String) {
    let labels = Decimal.counted(lesson.labels.count, "label")
    Message.say("\(path): taught \(Decimal.counted(lesson.photos, "photo")) of \(labels)")
    let (right, held) = lesson.taught.heldOut
    if held > 0 {
      Message.say(
        "by the photos of four folds, each held out once: \(right) of \(held) right among the learnt labels"
      )
    }
    Message.say("next: mmrl-run --model \(path) FOLDER")
  }
}

/// A folder that nothing can be learnt from.
private struct Unusable: Error, CustomStringConvertible {
  let folder: String
  let reason: String
  var description: String { "\(folder): \(reason)" }
}

extension EngineOptions {
  /// How photos become features.
  func means(reading: ImageReading) -> FolderLesson.Means {
    var means = FolderLesson.Means()
    means.reading = reading
    means.instructionSet = isa
    means.threads = threads
    return means
  }
}
