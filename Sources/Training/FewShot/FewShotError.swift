/// What can be wrong with the data of a few-shot run.
public enum FewShotError: Error, Equatable, CustomStringConvertible {
  /// No data set of this name is described.
  case unknownDataset(String, known: [String])
  /// None of the places where a data set may lie exists.
  case datasetNotFound(String, looked: [String])
  /// A file or folder that should be there is not.
  case missing(String, why: String)
  /// A file does not say what it should.
  case malformed(file: String, String)
  /// A folder of photos holds too little to learn from.
  case tooFewLabels(folder: String, labels: [String])
  /// The protocol needs training photos, and the data set has none.
  case nothingToTrainOn(String)

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .unknownDataset(let name, let known):
      "no data set is called \"\(name)\"; there are \(known.joined(separator: ", "))"
    case .datasetNotFound(let name, let looked):
      "\(name) is not there: looked for \(looked.joined(separator: ", ")) (name its parent with --root)"
    case .missing(let path, let why):
      "\(path): not there; \(why)"
    case .malformed(let file, let what):
      "\(file): \(what)"
    case .tooFewLabels(let folder, let labels):
      "\(folder): \(labels.count) label\(labels.count == 1 ? "" : "s") with photos"
        + (labels.isEmpty ? "" : " (\(labels.joined(separator: ", ")))")
        + ", at least 2 are needed: put photos into one folder a label, named after it"
    case .nothingToTrainOn(let name):
      "\(name) has test photos only; train on another data set"
    }
  }
}
