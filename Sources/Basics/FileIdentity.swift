internal import Glibc

/// What is the same for all names of a file: links and other spellings of its path.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// The file that a path leads to; nil where there is none, or a folder, a device, a pipe.
  public init?(_ path: PathName) {
    var status = stat()
    guard unsafe path.withCString({ unsafe stat($0, &status) }) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}
