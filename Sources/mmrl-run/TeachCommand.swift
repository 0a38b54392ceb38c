import ArgumentParser
import Basics
import Classification
import Glibc
import Inference
import Labelling
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
    let names = folders.labels.map(\.name)
    var teaching = try Teaching(reader)
    let texts = try texts(teaching.namesWithoutText(names), of: reader)
    let (photos, failed) = try encode(folders, reader)
    guard !photos.isEmpty else {
      throw Unusable(folder: folder, reason: "has no photo that can be read")
    }
    try teaching.add(photos, texts: texts)
    let taught = try TaughtModel(teaching)
    try taught.write(to: path)
    say(taught, photos, path)
    if failed > 0 { throw ExitCode(1) }
  }

  /// Text features of labels that the model does not have.
  private func texts(_ names: [String], of reader: ModelReader) throws -> [String: [Float]] {
    guard !names.isEmpty else { return [:] }
    let encoded = try LabelEncoder(reader, instructionSet: engine.isa, threads: engine.threads)
      .encode(names, templates: [LabelEdit(reader).template])
    for warning in encoded.warnings { Message.say(warning) }
    return Dictionary(uniqueKeysWithValues: zip(names, encoded.features))
  }

  /// The photos' features, and how many photos could not be read.
  private func encode(
    _ folders: PhotoFolders, _ reader: ModelReader
  ) throws -> (photos: [Teaching.Photos], failed: Int) {
    let encoder = PhotoEncoder(
      try Engine(reader, instructionSet: engine.isa, threads: engine.threads), files.reading)
    var progress = ProgressLine(
      total: folders.labels.reduce(0) { $0 + $1.photos.count }, recordsGoToFile: true)
    var photos: [Teaching.Photos] = []
    for (name, entries) in folders.labels {
      var own = Teaching.Photos(label: name, views: [])
      for entry in entries {
        do throws(UnreadablePhoto) {
          own.views.append(try encoder.views(of: entry))
          progress.count(done: 1, failed: 0)
        } catch {
          progress.makeWay()
          Message.say("\(error)")
          progress.count(done: 1, failed: 1)
        }
      }
      if !own.views.isEmpty { photos.append(own) }
    }
    progress.finish(interrupted: false)
    return (photos, progress.failed)
  }

  private func say(_ taught: TaughtModel, _ photos: [Teaching.Photos], _ path: String) {
    let count = photos.reduce(0) { $0 + $1.views.count }
    Message.say(
      "\(path): taught \(Decimal.counted(count, "photo")) of \(Decimal.counted(photos.count, "label"))"
    )
    let (right, held) = taught.heldOut
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
