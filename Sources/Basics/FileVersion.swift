internal import Glibc

/// What differs once a file or folder was replaced or written to, whatever it is called.
public struct FileVersion: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64
  /// Bytes of a file.
  public let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// Of what a path leads to; nil when there is nothing.
  public init?(of path: PathName) {
    var status = stat()
    guard unsafe path.withCString({ unsafe stat($0, &status) }) == 0 else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    size = Int(status.st_size)
    seconds = Int(status.st_mtim.tv_sec)
    nanoseconds = Int(status.st_mtim.tv_nsec)
  }
}
