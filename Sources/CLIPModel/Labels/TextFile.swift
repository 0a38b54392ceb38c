public import Basics

/// Text files that people write: labels, texts, terms of use.
public enum TextFile {
  /// No list of labels is longer; a device without an end may not fill the memory.
  private static let limit = 64 << 20

  /// The text of a file in UTF-8, without a byte order mark.
  ///
  /// A pipe is read to its end, so that a shell's `<(command)` is a file too.
  ///
  /// - Throws: ``TextFileError`` that names the file.
  public static func read(_ path: String) throws(TextFileError) -> String {
    let bytes: [UInt8]
    do {
      bytes = try FileBytes.read(PathName(path), limit: limit)
    } catch {
      throw .unreadable(path: path, error)
    }
    guard var text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(path: path) }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    return text
  }
}

extension Substring {
  /// Without white space at both ends.
  package var trimmed: String {
    var line = self
    while line.last?.isWhitespace == true { line.removeLast() }
    while line.first?.isWhitespace == true { line.removeFirst() }
    return String(line)
  }
}

/// Why a text file cannot be read.
public enum TextFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system refused.
  case unreadable(path: String, SystemError)
  /// The file is not text in UTF-8.
  case notUTF8(path: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let error): "\(path): cannot be read: \(error) (name a text file)"
    case .notUTF8(let path): "\(path): not text in UTF-8 (save it as UTF-8)"
    }
  }
}
