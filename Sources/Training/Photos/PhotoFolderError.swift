/// Why nothing can be learnt from a folder of photos.
public enum PhotoFolderError: Error, Equatable, CustomStringConvertible {
  /// There is no such folder.
  case missing(String)
  /// The folder cannot be listed.
  case unreadable(String, why: String)
  /// A label's folder has a name that no label can have.
  case unusable(folder: String, why: String)
  /// The folder holds too few labels with photos to tell apart: with what was found in place of them, and what happened to
  /// photos that are there.
  case tooFewLabels(
    folder: String, labels: [String], advice: String? = nil, problems: [PhotoProblem] = [])

  /// What became of photos, to be said before the error.
  public var problems: [PhotoProblem] {
    if case .tooFewLabels(_, _, _, let problems) = self { problems } else { [] }
  }

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): not there; photos lie in one folder for each label"
    case .unreadable(let path, let why):
      "\(path): cannot be listed: \(why)"
    case .unusable(let folder, let why):
      "\(folder.debugDescription): \(why)"
    case .tooFewLabels(let folder, let labels, let advice, _):
      "\(folder): \(labels.count) label\(labels.count == 1 ? "" : "s") with photos"
        + (labels.isEmpty ? "" : " (\(labels.joined(separator: ", ")))")
        + ", at least 2 are needed: "
        + (advice ?? "put photos into one folder for each label, named after it")
    }
  }
}
