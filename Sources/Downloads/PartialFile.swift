import Basics
internal import CLIPModel
internal import Glibc

/// A file that comes over the network, under a name of its own until all of it is there: what came before an end is gone on with.
@safe
struct PartialFile: ~Copyable {
  /// Where the whole file will be.
  let path: String
  /// Where it grows.
  let partialPath: String
  private let descriptor: Int32
  /// How many bytes are there.
  private(set) var count: Int

  /// Opens what came so far, or nothing.
  ///
  /// - Throws: `DownloadError` when the system refuses, or another process fetches the same file.
  init(for path: String) throws(DownloadError) {
    let partialPath = path + ".partial"
    let descriptor = unsafe open(partialPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(path: partialPath, error: .last) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = SystemError.last
      close(descriptor)
      throw error.code == EWOULDBLOCK
        ? .busy(path: path) : .file(path: partialPath, error: error)
    }
    self.path = path
    self.partialPath = partialPath
    self.descriptor = descriptor
    count = max(0, Int(lseek(descriptor, 0, SEEK_END)))
  }

  deinit { close(descriptor) }

  /// Appends bytes.
  mutating func append(_ bytes: RawSpan) throws(SystemError) {
    try FileBytes.write(bytes, to: descriptor)
    count += bytes.byteCount
  }

  /// Begins anew.
  mutating func empty() throws(DownloadError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw .file(path: partialPath, error: .last)
    }
    count = 0
  }

  /// SHA-256 of what is there.
  func sha256() throws(DownloadError) -> String { try Self.sha256(of: partialPath) }

  /// SHA-256 of a file.
  static func sha256(of path: String) throws(DownloadError) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file(path: path, error: .last) }
    defer { close(descriptor) }
    var digest = SHA256()
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let got = unsafe read(descriptor, &piece, piece.count)
      if got == 0 { return digest.hexadecimal() }
      if got < 0 {
        guard errno == EINTR else { throw .file(path: path, error: .last) }
      } else {
        digest.update(RawSpan(_elements: piece.span.extracting(0..<got)))
      }
    }
  }

  /// Gives the file its name, its contents on the disk first.
  consuming func commit() throws(DownloadError) {
    guard fsync(descriptor) == 0, unsafe rename(partialPath, path) == 0 else {
      throw .file(path: path, error: .last)
    }
  }
}
