internal import Glibc

/// Listing of folders.
public enum Folder {
  /// What a name in a folder stands for.
  public enum Kind: Sendable, Equatable {
    /// A file, or a link to one.
    case file
    /// A folder itself.
    case folder
    /// A link to a folder: following it could go round in circles.
    case linkToFolder
    /// A link to nothing.
    case danglingLink
    /// A pipe, a device, a socket: reading it could wait for ever.
    case special
  }

  /// One name in a folder.
  public struct Entry: Sendable, Equatable {
    /// The folder's path and the name.
    public var path: PathName
    /// What it stands for.
    public var kind: Kind
  }

  /// Whether a path is a folder, or a link to one.
  public static func isFolder(_ path: PathName) -> Bool {
    status(of: path, follow: true) == S_IFDIR
  }

  /// Whether a path is a file, or a link to one.
  public static func isFile(_ path: PathName) -> Bool {
    status(of: path, follow: true) == S_IFREG
  }

  /// What lies in a folder, in the order of the names' bytes; hidden names are left out.
  ///
  /// - Throws: what the system says when the folder cannot be listed.
  public static func entries(of folder: PathName) throws(SystemError) -> [Entry] {
    var names = try names(in: folder).filter { $0.first != UInt8(ascii: ".") }
    names.sort { $0.lexicographicallyPrecedes($1) }
    return names.compactMap { entry($0, of: folder) }
  }

  /// The names in a folder, hidden ones too, in any order.
  static func names(in folder: PathName) throws(SystemError) -> [[UInt8]] {
    var names: [[UInt8]] = []
    try forEachName(in: folder) { names.append($0) }
    return names
  }

  /// Calls `body` with each name in a folder, hidden ones too, in any order.
  static func forEachName(
    in folder: PathName, _ body: ([UInt8]) -> Void
  ) throws(SystemError) {
    guard let stream = unsafe folder.withCString({ unsafe opendir($0) }) else { throw .last }
    defer { unsafe closedir(stream) }
    while true {
      // The end and an error look alike but for this.
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe Array(bytes.prefix { $0 != 0 })
      }
      if name != Array(".".utf8), name != Array("..".utf8) { body(name) }
    }
    guard errno == 0 else { throw .last }
  }

  /// What a name in a folder stands for; nil for what has gone meanwhile.
  static func entry(_ name: [UInt8], of folder: PathName) -> Entry? {
    let path = folder.appending(name)
    return kind(of: path).map { Entry(path: path, kind: $0) }
  }

  /// Whether a path itself is a link, whatever that leads to.
  public static func isLink(_ path: PathName) -> Bool { status(of: path, follow: false) == S_IFLNK }

  /// Nil for what has gone meanwhile.
  private static func kind(of path: PathName) -> Kind? {
    guard let own = status(of: path, follow: false) else { return nil }
    if own == S_IFDIR { return .folder }
    switch status(of: path, follow: true) {
    case nil: return .danglingLink
    case S_IFREG: return .file
    case S_IFDIR: return .linkToFolder
    default: return .special
    }
  }

  private static func status(of path: PathName, follow: Bool) -> mode_t? {
    var status = stat()
    let code = unsafe path.withCString { unsafe follow ? stat($0, &status) : lstat($0, &status) }
    return code == 0 ? status.st_mode & S_IFMT : nil
  }
}
