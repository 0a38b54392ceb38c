/// What can be wrong with one of the papers' data sets, or with a split of photos.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
  /// No data set of this name is described.
  case unknown(String, known: [String])
  /// None of the places where the data set may lie exists.
  case notFound(String, looked: [String])
  /// A file or folder that should be there is not.
  case missing(String, why: String)
  /// A file does not say what it should.
  case malformed(file: String, String)
  /// The protocol needs training photos, and the data set has none.
  case nothingToTrainOn(String)

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "no data set is called \"\(name)\"; there are \(known.joined(separator: ", "))"
    case .notFound(let name, let looked):
      "\(name) is not there: looked for \(looked.joined(separator: ", "))"
    case .missing(let path, let why):
      "\(path): not there; \(why)"
    case .malformed(let file, let what):
      "\(file): \(what)"
    case .nothingToTrainOn(let name):
      "\(name) has test photos only; train on another data set"
    }
  }
}
