import FoundationEssentials

/// A text file of labels: UTF-8, one a line, blank lines and lines that begin with `#` left out.
public enum LabelFile {
  /// The labels of a file, in its order.
  ///
  /// - Throws: ``LabelFileError`` that names the file and the line.
  public static func read(_ path: String) throws -> [String] {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw LabelFileError.unreadable(path: path)
    }
    return try labels(in: [UInt8](bytes), path: path)
  }

  /// The labels in the bytes of a file; `path` is for messages.
  public static func labels(in bytes: [UInt8], path: String) throws(LabelFileError) -> [String] {
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw .notUTF8(path: path)
    }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    var labels: [String] = []
    var lines: [String: Int] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let label = trimmed(line)
      guard !label.isEmpty, label.first != "#" else { continue }
      if let first = lines.updateValue(index + 1, forKey: label) {
        throw .duplicate(path: path, label: label, lines: (first, index + 1))
      }
      labels.append(label)
    }
    guard !labels.isEmpty else { throw .empty(path: path) }
    return labels
  }

  private static func trimmed(_ line: Substring) -> String {
    var line = line
    while line.last?.isWhitespace == true { line.removeLast() }
    while line.first?.isWhitespace == true { line.removeFirst() }
    return String(line)
  }
}

/// What can be wrong with a file of labels.
public enum LabelFileError: Error, Sendable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(path: String)
  /// The file is not text in UTF-8.
  case notUTF8(path: String)
  /// The file has no label.
  case empty(path: String)
  /// A label is there twice.
  case duplicate(path: String, label: String, lines: (Int, Int))

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path):
      "\(path): cannot be read (name a text file with one label a line)"
    case .notUTF8(let path):
      "\(path): not text in UTF-8 (save it as UTF-8)"
    case .empty(let path):
      "\(path): no labels in it (write one label a line)"
    case .duplicate(let path, let label, let lines):
      "\(path): the label \"\(label)\" is on line \(lines.0) and on line \(lines.1) (remove one)"
    }
  }
}
