import CLIPModel
import FloatMath
import FoundationEssentials
import ModelFile
import Tokenization

/// A CLIP on disk, and how to read it.
struct CheckpointSource: Sendable {
  /// A file, or the folder of a checkpoint.
  var path: String
  /// The tokenizer's vocabulary; nil where it is beside the checkpoint.
  var vocabulary: String?
  /// Whether matrices are rounded to fp16 first.
  var roundsToHalf: Bool
  /// Threads; nil for as many as this process may use.
  var threads: Int?

  /// What a model's recipe says where matrices were rounded.
  static let roundingInRecipe = "fp16-rounding"

  var workers: Workers { Workers(count: threads) }

  func open() throws -> CLIPCheckpoint {
    if let model = try? ModelReader(path: path) { throw finished(model) }
    return try CLIPCheckpoint(path: path, roundsToHalf: roundsToHalf)
  }

  /// What to say of a model in place of a checkpoint, which may lie beside it.
  private func finished(_ model: ModelReader) -> ConvertError {
    let name = String(model.manifest.provenance.checkpoint.name.prefix { $0 != "/" })
    let beside = String(path.dropLast(path.lastPathComponent.count)) + name
    let isThere = FileManager.default.fileExists(atPath: beside)
    return ConvertError(
      "\(path): a finished model, where a CLIP checkpoint is needed: name the one that it was made "
        + "of, \(isThere ? beside : "called \(name)")")
  }

  /// What a model says that it was made of: the file's name, after its folder's if that was named.
  func name(of checkpoint: CLIPCheckpoint) -> String {
    let file = checkpoint.path.lastPathComponent
    return checkpoint.path == path ? file : "\(path.lastPathComponent)/\(file)"
  }

  func tokenizer(for checkpoint: CLIPCheckpoint) throws -> Tokenizer {
    try Tokenizer(for: checkpoint, vocabulary: vocabulary)
  }
}

extension String {
  /// What follows the last slash.
  var lastPathComponent: String {
    split(separator: "/").last.map(String.init) ?? self
  }
}
