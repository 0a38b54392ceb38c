internal import Glibc

/// A file that is written beside its place and renamed onto it when it is complete.
///
/// Until `commit` the place is untouched; without it nothing stays.
@safe public struct ReplacementFile: ~Copyable {
  /// Where the file will be.
  public let path: String
  /// Where it is until then.
  public let temporaryPath: String
  /// Open for reading and writing.
  public let descriptor: Int32
  private var isCommitted = false

  /// Creates an empty file beside `path`.
  ///
  /// - Throws: what the system says when that cannot be.
  public init(for path: String) throws(SystemError) {
    self.path = path
    temporaryPath = "\(path).partial-\(getpid())"
    descriptor = unsafe open(temporaryPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .last }
  }

  deinit {
    close(descriptor)
    if !isCommitted { unsafe unlink(temporaryPath) }
  }

  /// Appends bytes.
  public func append(_ bytes: [UInt8]) throws(SystemError) {
    try append(RawSpan(_elements: bytes.span))
  }

  /// Appends bytes.
  public func append(_ bytes: RawSpan) throws(SystemError) {
    try unsafe Self.write(bytes) { address, count, _ in
      unsafe Glibc.write(descriptor, address, count)
    }
  }

  /// Writes bytes at an offset, apart from what is appended.
  public func write(_ bytes: RawSpan, at offset: Int) throws(SystemError) {
    try unsafe Self.write(bytes) { address, count, done in
      unsafe pwrite(descriptor, address, count, off_t(offset + done))
    }
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
    guard unsafe rename(temporaryPath, path) == 0 else { throw .last }
    isCommitted = true
    // The new name lasts only once its folder is on disk. Some file systems cannot sync folders: the file
    // itself is safe then, and there is nothing better to do.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let folderDescriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  /// Writes a whole text to `path`, or leaves what is there.
  public static func write(_ text: String, to path: String) throws(SystemError) {
    var file = try ReplacementFile(for: path)
    try file.append(Array(text.utf8))
    try file.commit()
  }

  /// Calls the system until all bytes are written; `call` gets an address, a count and how many went before.
  private static func write(
    _ bytes: RawSpan, _ call: (UnsafeRawPointer?, Int, Int) -> Int
  ) throws(SystemError) {
    try unsafe bytes.withUnsafeBytes { buffer throws(SystemError) in
      var done = 0
      while done < buffer.count {
        let address = unsafe buffer.baseAddress?.advanced(by: done)
        let count = unsafe call(address, buffer.count - done, done)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          throw .last
        }
      }
    }
  }
}
