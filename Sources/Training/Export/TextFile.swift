import Glibc

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
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { break }
      if count > 0 {
        bytes += chunk[..<count]
        guard bytes.count <= limit else { throw .unreadable(path: path, code: EFBIG) }
      } else if errno != EINTR {
        throw .unreadable(path: path, code: errno)
      }
    }
    guard var text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(path: path) }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    return text
  }
}

/// Why a text file cannot be read.
public enum TextFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system refused; `code` is its `errno`.
  case unreadable(path: String, code: Int32)
  /// The file is not text in UTF-8.
  case notUTF8(path: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let code):
      "\(path): cannot be read: \(unsafe String(cString: strerror(code))) (name a text file)"
    case .notUTF8(let path):
      "\(path): not text in UTF-8 (save it as UTF-8)"
    }
  }
}
