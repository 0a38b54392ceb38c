internal import Glibc

/// Names of files on their way to a place: `PLACE.partial-1` and so on, each locked as long as somebody writes it.
///
/// The system gives a lock up with its process: a name that nobody has locked was left by one that was killed, and who comes
/// next removes it.
enum DraftName {
  /// More than ever write one file at once.
  private static let most = 100

  /// Creates a file with such a name.
  ///
  /// - Returns: the name, and the file, open for reading and writing.
  /// - Throws: what the system says.
  static func create(for path: String) throws(SystemError) -> (name: String, descriptor: Int32) {
    for number in 1...most {
      let name = name(number, path)
      repeat {
        let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor >= 0 {
          if lock(descriptor), isNamed(descriptor) { return (name, descriptor) }
          // Somebody took it for one that was left, before it had its lock.
          close(descriptor)
        } else if errno != EEXIST {
          throw .last
        }
      } while removeLeft(name)
    }
    throw SystemError(code: EEXIST)
  }

  /// Gives an open file without a name one.
  ///
  /// - Parameters:
  ///   - descriptor: the file.
  ///   - source: where it can be found.
  ///   - path: its place.
  /// - Returns: the name.
  /// - Throws: what the system says.
  static func give(
    to descriptor: Int32, at source: String, for path: String
  ) throws(SystemError) -> String {
    _ = lock(descriptor)
    for number in 1...most {
      let name = name(number, path)
      repeat {
        if unsafe linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 { return name }
        let error = SystemError.last
        guard error.code == EEXIST else { throw error }
      } while removeLeft(name)
    }
    throw SystemError(code: EEXIST)
  }

  /// Whether a name is one of these, of one of some files.
  static func isOne(_ name: String, of files: [String]) -> Bool {
    files.contains { file in
      let start = "\(file).partial-"
      let number = name.utf8.dropFirst(start.utf8.count)
      return name.hasPrefix(start) && !number.isEmpty
        && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
  }

  private static func name(_ number: Int, _ path: String) -> String { "\(path).partial-\(number)" }

  /// Locks a file; true, too, where the file system knows no locks, and nobody removes what may be in use.
  private static func lock(_ descriptor: Int32) -> Bool {
    flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }

  private static func isNamed(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }

  /// Removes a file that nobody has locked; whether the name may be free now.
  private static func removeLeft(_ name: String) -> Bool {
    let descriptor = unsafe open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    var locked = stat()
    var named = stat()
    guard unsafe fstat(descriptor, &locked) == 0 else { return false }
    guard unsafe lstat(name, &named) == 0 else { return errno == ENOENT }
    // Another file by now, which may be in use; as long as the lock is held, this one stays what the name means.
    guard locked.st_dev == named.st_dev, locked.st_ino == named.st_ino else { return true }
    return unsafe named.st_mode & S_IFMT == S_IFREG && unlink(name) == 0
  }
}
