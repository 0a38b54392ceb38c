import Basics
import Glibc

/// Where a command will write when its work is done, which may be hours later.
enum OutputPlace {
  /// Looks at the places before the work begins; those that are nil are not asked for.
  ///
  /// Files are written beside their place and renamed, so a folder has to take new files, and a device
  /// would be replaced.
  static func check(_ paths: String?...) throws(ConvertError) {
    for case .some(let path) in paths {
      var status = stat()
      if unsafe stat(path, &status) == 0 {
        let kind = status.st_mode & S_IFMT
        guard kind != S_IFDIR else {
          throw ConvertError("\(path): is a folder (name a file in it)")
        }
        guard kind == S_IFREG else {
          throw ConvertError("\(path): is a device or a pipe (name a file)")
        }
      }
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
      guard unsafe access(folder, W_OK | X_OK) == 0 else {
        let error = SystemError.last
        throw ConvertError("\(path): cannot be written: \(folder): \(error)")
      }
    }
  }

  /// Writes a text beside `path` and renames it.
  static func write(_ text: String, to path: String) throws(ConvertError) {
    do throws(SystemError) {
      try ReplacementFile.write(text, to: path)
    } catch {
      throw ConvertError("\(path): cannot be written: \(error)")
    }
  }
}
