/// Why a checkpoint, an adapter or a vocabulary is not what the model needs; every case names the file.
public enum CLIPError: Error, Equatable, CustomStringConvertible {
  /// The path leads to nothing that could be a checkpoint.
  case noCheckpoint(path: String, looked: [String])
  /// A folder holds several checkpoints, and nothing says which is meant.
  case several(path: String, files: [String])
  /// The checkpoint lies one folder deeper.
  case deeper(path: String, folders: [String])
  /// A file holds no CLIP whose tensors' names begin as was asked for.
  case noPrefix(path: String, prefix: String, found: [String])
  /// The file is an MMRL or MMRL++ adapter, where a CLIP is needed.
  case isAdapter(path: String)
  /// The tensors are not those of a CLIP with two transformer towers.
  case notCLIP(path: String, what: String)
  /// A tensor that the model needs is missing.
  case missing(path: String, tensor: String, expected: [Int])
  /// A tensor has another shape than the others demand.
  case misshaped(path: String, tensor: String, expected: [Int], found: [Int])
  /// A configuration file is wrong, or contradicts the weights.
  case configuration(path: String, what: String)
  /// The file holds no MMRL or MMRL++ adapter, or one that contradicts itself or the checkpoint.
  case adapter(path: String, what: String)
  /// No vocabulary was found.
  case noVocabulary(looked: [String], size: Int)
  /// The vocabulary cannot be read, or is not the checkpoint's.
  case vocabulary(path: String, what: String)

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .noCheckpoint(let path, let looked):
      "\(path): there is no checkpoint here; looked for \(looked.joined(separator: ", "))"
    case .several(let path, let files):
      "\(path): holds several checkpoints: name one of \(files.joined(separator: ", "))"
    case .deeper(let path, let folders):
      "\(path): there is no checkpoint here, but in a folder within: name"
        + " \(folders.map { "\(path.hasSuffix("/") ? path : path + "/")\($0)" }.joined(separator: " or "))"
    case .noPrefix(let path, let prefix, let found):
      "\(path): no CLIP whose tensors' names begin with “\(prefix)”, but with"
        + " \(found.map { "“\($0)”" }.joined(separator: " and "))"
    case .isAdapter(let path):
      "\(path): is an MMRL adapter, not a CLIP checkpoint: name the CLIP that it was trained on"
    case .notCLIP(let path, let what): "\(path): \(what)"
    case .missing(let path, let tensor, let expected):
      "\(path): tensor “\(tensor)” is missing"
        + (expected.isEmpty ? "" : "; its shape should be \(expected)")
    case .misshaped(let path, let tensor, let expected, let found):
      "\(path): tensor “\(tensor)” has shape \(found), expected \(expected)"
    case .configuration(let path, let what), .adapter(let path, let what),
      .vocabulary(let path, let what):
      "\(path): \(what)"
    case .noVocabulary(let looked, let size):
      "no vocabulary of \(size) tokens found; looked for \(looked.joined(separator: ", "))"
    }
  }
}
