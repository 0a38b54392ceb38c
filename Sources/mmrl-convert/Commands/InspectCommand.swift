import ArgumentParser
import Basics
import Glibc
import ModelFile

/// What a file is: any that the program can read.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Describes a checkpoint, an adapter, features or a model.",
    discussion: """
      The hash of a checkpoint's weights is taken from the values as float32 under OpenAI's names: \
      the same weights in another format have the same hash. That of a model is defined in FORMAT.md.
      """,
    helpNames: .help)

  @Argument(
    help: ArgumentHelp(
      "The file, a checkpoint's folder, or the name of one that get has fetched.", valueName: "file"
    ))
  var file: String

  @OptionGroup var settings: CheckpointSettings

  func run() throws {
    let file = try FetchedCheckpoint.path(file)
    do {
      let model = try ModelReader(path: file)
      print(try ModelDescription(model, path: file).text)
      return
    } catch ModelFileError.notAModel {
    } catch ModelFileError.system(_, _, EISDIR) {
    } catch let error as ModelFileError {
      throw ConvertError(error.description(of: file))
    }
    do {
      print(
        try CheckpointDescription(CheckpointSource(path: file, reading: settings.reading())).text)
    } catch {
      throw Self.images(in: file) ?? error
    }
  }

  /// What to say of a folder of photos, which somebody took for something to describe; nil for another folder.
  private static func images(in folder: String) -> ConvertError? {
    guard Folder.isFolder(PathName(folder)), let images = try? ImageFiles([folder]) else {
      return nil
    }
    return ConvertError(
      "\(folder): a folder of \(Decimal.counted(images.paths.count, "image")), where a checkpoint, an adapter, features or a model is "
        + "described (--train learns from photos)")
  }
}
