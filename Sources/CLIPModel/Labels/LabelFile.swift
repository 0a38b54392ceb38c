internal import Tokenization

/// A text file of labels: UTF-8, one a line, blank lines and lines that begin with `#` left out.
public enum LabelFile {
  /// The labels of a file, in its order.
  ///
  /// - Throws: ``TextFileError``, or ``LabelFileError`` that names the file and the line.
  public static func read(_ path: String) throws -> [String] {
    try labels(in: TextFile.read(path), path: path)
  }

  /// The labels in the text of a file; `path` is for messages.
  public static func labels(in text: String, path: String) throws(LabelFileError) -> [String] {
    var labels: [String] = []
    var lines: [String: Int] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let label = line.trimmed
      guard !label.isEmpty, label.first != "#" else { continue }
      if let first = lines.updateValue(index + 1, forKey: label) {
        throw .duplicate(path: path, label: label, lines: (first, index + 1))
      }
      if let fault = LabelNameFault(named: label) {
        throw .unusable(path: path, line: index + 1, label: label, why: "\(fault)")
      }
      labels.append(label)
    }
    guard !labels.isEmpty else { throw .empty(path: path) }
    return labels
  }
}

/// What can be wrong with a file of labels.
public enum LabelFileError: Error, Sendable, CustomStringConvertible {
  /// The file has no label.
  case empty(path: String)
  /// A label is there twice.
  case duplicate(path: String, label: String, lines: (Int, Int))
  /// A name that no label can have.
  case unusable(path: String, line: Int, label: String, why: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .empty(let path):
      "\(path): no labels in it (write one label a line)"
    case .duplicate(let path, let label, let lines):
      "\(path): the label \"\(label)\" is on line \(lines.0) and on line \(lines.1) (remove one)"
    case .unusable(let path, let line, let label, let why):
      "\(path), line \(line): \(label.debugDescription): \(why)"
    }
  }
}
