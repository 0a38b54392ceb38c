internal import Glibc

extension Folder {
  /// Makes a folder, which may be there already.
  ///
  /// - Returns: whether it was made.
  /// - Throws: what the system says; `ENOTDIR` where something else has the name.
  @discardableResult
  public static func make(_ path: PathName) throws(SystemError) -> Bool {
    if unsafe path.withCString({ unsafe mkdir($0, 0o777) }) == 0 { return true }
    let error = SystemError.last
    guard error.code == EEXIST else { throw error }
    guard isFolder(path) else { throw SystemError(code: ENOTDIR) }
    return false
  }

  /// Makes a folder, and those that it is to be in.
  ///
  /// - Throws: what the system says.
  public static func makeAll(_ path: PathName) throws(SystemError) {
    for end in path.bytes.indices.dropFirst() where path.bytes[end] == UInt8(ascii: "/") {
      try make(PathName(Array(path.bytes[..<end])))
    }
    try make(path)
  }

  /// Gives a file or folder another place on the same file system, where nothing may be.
  ///
  /// - Throws: what the system says; `EEXIST` where something is there.
  public static func move(_ path: PathName, to place: PathName) throws(SystemError) {
    // Where the case of letters makes no difference, a name may be changed in it.
    let there = FileVersion(of: place)
    guard there == nil || there == FileVersion(of: path) else { throw SystemError(code: EEXIST) }
    let code = unsafe path.withCString { old in
      unsafe place.withCString { new in unsafe rename(old, new) }
    }
    guard code == 0 else { throw .last }
  }

  /// Removes a file, or an empty folder.
  ///
  /// - Throws: what the system says.
  public static func remove(_ path: PathName) throws(SystemError) {
    guard unsafe path.withCString({ unsafe Glibc.remove($0) }) == 0 else { throw .last }
  }

  /// Removes a folder with all that it holds, as far as that can be; a link is removed, not what it leads to.
  public static func removeAll(_ path: PathName) {
    if !isLink(path), isFolder(path) {
      for name in (try? names(in: path)) ?? [] { removeAll(path.appending(name)) }
    }
    try? remove(path)
  }

  /// Keeps others from locking a folder until the program ends.
  ///
  /// - Returns: an open file that holds the lock.
  /// - Throws: what the system says; `EWOULDBLOCK` where somebody else has the lock.
  public static func lock(_ path: PathName) throws(SystemError) -> Int32 {
    let descriptor = unsafe path.withCString {
      unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard descriptor >= 0 else { throw .last }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = SystemError.last
      close(descriptor)
      throw error
    }
    return descriptor
  }
}
