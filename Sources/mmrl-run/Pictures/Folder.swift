import Glibc

/// Listing of folders.
enum Folder {
  /// Names that mean a picture.
  ///
  /// Kinds we cannot decode are among them, so that they are reported rather
  /// than passed over in silence.
  private static let pictureExtensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png",
    "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl", "jp2", "ppm", "pgm",
  ]

  /// One thing in a folder that concerns us.
  enum Entry {
    case picture(PathName)
    /// A folder that could not be listed, and why.
    case failure(PathName, SystemError)
  }

  static func isFolder(_ path: PathName) -> Bool {
    var status = stat()
    return path.withCString { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The pictures of a folder in natural order, those of its folders too when `recursively`.
  ///
  /// Hidden names are skipped. Links to folders are not followed, so there are no circles.
  static func pictures(in folder: PathName, recursively: Bool) -> [Entry] {
    guard let stream = folder.withCString({ opendir($0) }) else {
      return [.failure(folder, .last)]
    }
    defer { closedir(stream) }
    var children: [(path: PathName, isFolder: Bool)] = []
    while let entry = readdir(stream) {
      let name = bytes(ofName: entry)
      guard name.first != UInt8(ascii: ".") else { continue }
      let path = folder.appending(name)
      var status = stat()
      guard path.withCString({ lstat($0, &status) }) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        if recursively { children.append((path, true)) }
      } else if pictureExtensions.contains(path.lowercaseExtension), mayBePicture(path) {
        children.append((path, false))
      }
    }
    return children.sorted { $0.path < $1.path }.flatMap { child in
      child.isFolder
        ? pictures(in: child.path, recursively: true) : [.picture(child.path)]
    }
  }

  /// Whether it is a file or a link to one, or a link to nothing, which is reported.
  ///
  /// Reading a pipe or a device that lies in a folder could wait for ever.
  private static func mayBePicture(_ path: PathName) -> Bool {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0 else { return true }
    return status.st_mode & S_IFMT == S_IFREG
  }

  private static func bytes(ofName entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    withUnsafeBytes(of: &entry.pointee.d_name) { name in Array(name.prefix { $0 != 0 }) }
  }
}
