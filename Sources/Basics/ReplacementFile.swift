internal import CProcess
internal import Glibc

/// A file that is written beside its place and renamed onto it when it is complete, with the permissions that the old one had.
///
/// Until `commit` the place is untouched; without it nothing stays, not even when the process is killed: till then the file
/// has no name, unless the file system gives every file one; then it has one that the next who writes the file removes.
@safe public struct ReplacementFile: ~Copyable {
  /// Where the file will be.
  public let path: String
  /// Where it can be read until then.
  public let temporaryPath: String
  /// Its name beside the place, if it has one.
  private let draft: String?
  /// Open for reading and writing.
  public let descriptor: Int32
  private var isCommitted = false

  /// Creates an empty file beside `path`.
  ///
  /// - Throws: what the system says when that cannot be.
  public init(for path: String) throws(SystemError) {
    // Before any field has its value: Swift 6.3 crashes when `init` throws with some fields set.
    var draft: String?
    let descriptor: Int32
    if let unnamed = Self.unnamed(in: Self.folder(of: path)) {
      descriptor = unnamed
    } else {
      (draft, descriptor) = try DraftName.create(for: path)
    }
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      // Only root may give a file away; what is refused stays with who writes it.
      _ = fchown(descriptor, status.st_uid, status.st_gid)
      fchmod(descriptor, status.st_mode & 0o777)
    }
    self.path = path
    self.draft = draft
    self.descriptor = descriptor
    temporaryPath = draft ?? "/proc/self/fd/\(descriptor)"
  }

  /// A file without a name; nil where the file system has none, or none can get a name later.
  private static func unnamed(in folder: String) -> Int32? {
    let descriptor = unsafe cp_unnamed_file(folder, 0o666)
    guard descriptor >= 0 else { return nil }
    guard unsafe access("/proc/self/fd/\(descriptor)", F_OK) == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  deinit {
    // As long as the file is open nobody else takes its name.
    if !isCommitted, let draft { unsafe unlink(draft) }
    close(descriptor)
  }

  /// Appends bytes.
  public func append(_ bytes: [UInt8]) throws(SystemError) {
    try append(RawSpan(_elements: bytes.span))
  }

  /// Appends bytes.
  public func append(_ bytes: RawSpan) throws(SystemError) {
    try FileBytes.write(bytes, to: descriptor)
  }

  /// Writes bytes at an offset, apart from what is appended.
  public func write(_ bytes: RawSpan, at offset: Int) throws(SystemError) {
    try FileBytes.write(bytes, to: descriptor, at: offset)
  }

  /// Removes what lies behind `length`.
  public func truncate(to length: Int) throws(SystemError) {
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw .last }
  }

  /// Moves the file to its place, its contents on the disk first.
  ///
  /// - Throws: what the system says; then the place is as it was.
  public mutating func commit() throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw .last }
    let draft =
      if let draft { draft } else {
        try DraftName.give(to: descriptor, at: temporaryPath, for: path)
      }
    guard unsafe rename(draft, path) == 0 else {
      let error = SystemError.last
      if self.draft == nil { unsafe unlink(draft) }
      throw error
    }
    isCommitted = true
    Self.syncFolder(of: path)
  }

  /// Has the disk take the name of a file.
  ///
  /// A new name lasts only once its folder is on disk. Some file systems cannot sync folders: the file itself is safe then, and
  /// there is nothing better to do.
  public static func syncFolder(of path: String) {
    let descriptor = unsafe open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Whether a file's name is that of a draft of one of some files, which a killed process may have left.
  public static func isDraft(_ name: String, of files: [String]) -> Bool {
    DraftName.isOne(name, of: files)
  }

  /// Writes a whole text to `path`, or leaves what is there.
  public static func write(_ text: String, to path: String) throws(SystemError) {
    var file = try ReplacementFile(for: path)
    try file.append(Array(text.utf8))
    try file.commit()
  }
}
