import CLIPModel
import FloatMath
import Tokenization

/// A CLIP on disk, and how to read it.
struct CheckpointSource: Sendable {
  /// A file, or the folder of a checkpoint.
  var path: String
  /// The tokenizer's vocabulary; nil where it is beside the checkpoint.
  var vocabulary: String?
  /// Whether matrices are rounded to fp16 first.
  var roundsToHalf: Bool
  /// Threads; nil for as many as there are cores.
  var threads: Int?

  /// What a model's recipe says where matrices were rounded.
  static let roundingInRecipe = "fp16-rounding"

  var workers: Workers { Workers(count: threads) }

  func open() throws -> CLIPCheckpoint {
    try CLIPCheckpoint(path: path, roundsToHalf: roundsToHalf)
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
