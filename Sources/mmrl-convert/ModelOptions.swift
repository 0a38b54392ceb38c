import ArgumentParser
import CLIPModel
import ModelFile

/// A model, and the checkpoint that it was made from.
struct ModelOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The model.", valueName: "model.mmrl"))
  var model: String

  @OptionGroup var source: SourceOptions

  /// Opens the checkpoint as the model's was read.
  ///
  /// - Returns: the checkpoint; what tells it from the model's, nil when it is that one.
  func openCheckpoint(of manifest: Manifest) throws -> (CLIPCheckpoint, difference: String?) {
    let checkpoint = try CLIPCheckpoint(
      path: source.checkpoint,
      roundsToHalf: source.roundsToHalf || manifest.provenance.recipe["fp16-rounding"] == "true")
    let digest = checkpoint.file.sha256()
    let wanted = manifest.provenance.checkpoint
    guard digest != wanted.sha256 else { return (checkpoint, nil) }
    return (
      checkpoint,
      "\(source.checkpoint): not the checkpoint of \(model), which is \(wanted.name) with "
        + "SHA-256 \(wanted.sha256.prefix(16))... (this one has \(digest.prefix(16))...)"
    )
  }
}

extension ModelReader {
  /// Opens a model; the error names the file.
  static func open(_ path: String) throws(ConvertError) -> ModelReader {
    do {
      return try ModelReader(path: path)
    } catch {
      throw ConvertError(error.description(of: path))
    }
  }
}
