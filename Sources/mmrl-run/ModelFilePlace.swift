import Glibc

/// Where a changed model is to be written.
enum ModelFilePlace {
  /// The path that is really written to: what a link points at, not the link.
  ///
  /// - Throws: when something that is no file is there.
  static func checked(_ path: String) throws -> String {
    let path = ResultOutput.resolved(path)
    var status = stat()
    guard unsafe stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw NotAFile(path: path)
    }
    return path
  }
}

/// A model cannot take the place of a folder, a device or a pipe.
private struct NotAFile: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): is a folder, a device or a pipe (name a file)" }
}
