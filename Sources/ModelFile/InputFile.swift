import Glibc

/// A regular file open for reading.
///
/// It is not mapped: mapped pages count as resident, and a file that is truncated while it is mapped
/// kills the process.
struct InputFile: ~Copyable {
  /// In bytes, when it was opened.
  let length: UInt64
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws(ModelFileError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(call: "open", path: path, code: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .system(call: "fstat", path: path, code: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .notAFile }
      throw .system(call: "open", path: path, code: EISDIR)
    }
    self.path = path
    self.descriptor = descriptor
    length = UInt64(status.st_size)
  }

  deinit {
    close(descriptor)
  }

  /// Fills the first `count` bytes of `buffer` from `offset` on.
  func read(_ count: Int, at offset: UInt64, into buffer: inout [UInt8]) throws(ModelFileError) {
    var filled = 0
    while filled < count {
      let got = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe pread(
          descriptor, bytes.baseAddress?.advanced(by: filled), count - filled,
          off_t(offset) + off_t(filled))
      }
      if got < 0 {
        guard errno == EINTR else { throw .system(call: "pread", path: path, code: errno) }
      } else if got == 0 {
        throw .truncated(needed: offset + UInt64(count), available: offset + UInt64(filled))
      } else {
        filled += got
      }
    }
  }
}
