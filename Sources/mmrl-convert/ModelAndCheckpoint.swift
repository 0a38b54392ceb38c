import CLIPModel
import ModelFile

/// A model, and a checkpoint that is to be the one that it was made from.
struct ModelAndCheckpoint {
  let path: String
  let model: ModelReader
  /// Read as the model's checkpoint was read.
  let checkpoint: CLIPCheckpoint
  /// What tells the checkpoint from the model's; nil when it is that one.
  let difference: String?

  /// Opens both.
  ///
  /// - Throws: when either cannot be read.
  init(_ path: String, _ source: CheckpointSource) throws {
    self.path = path
    model = try ModelReader.open(path)
    let provenance = model.manifest.provenance
    var source = source
    source.reading = ReadingRecipe.complete(source.reading, by: provenance.recipe)
    checkpoint = try source.open()
    let digest = checkpoint.file.sha256()
    let wanted = provenance.checkpoint
    difference =
      digest == wanted.sha256
      ? nil
      : "\(source.path): not the checkpoint of \(path), which is \(wanted.name) with "
        + "SHA-256 \(wanted.sha256.prefix(16))... (this one has \(digest.prefix(16))...)"
  }
}
