import Glibc

/// Where the bytes of a model are: an open file, read by `pread`, or memory.
///
/// Files are not mapped: mapped pages count as resident, and a file cut short while it is mapped
/// kills the process.
enum ByteSource: Sendable {
  case file(descriptor: Int32, path: String)
  case memory([UInt8])

  /// Opens a regular file for reading.
  static func open(_ path: String) throws(ModelFileError) -> (source: ByteSource, length: UInt64) {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(call: "open", path: path, code: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      Glibc.close(descriptor)
      throw .system(call: "fstat", path: path, code: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      Glibc.close(descriptor)
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .notAFile }
      throw .system(call: "open", path: path, code: EISDIR)
    }
    return (.file(descriptor: descriptor, path: path), UInt64(status.st_size))
  }

  func close() {
    if case .file(let descriptor, _) = self { Glibc.close(descriptor) }
  }

  /// Fills the first `count` bytes of `buffer` from `offset` on.
  func read(_ count: Int, at offset: UInt64, into buffer: inout [UInt8]) throws(ModelFileError) {
    switch self {
    case .memory(let bytes):
      // Lengths were checked against the whole when the model was opened.
      let start = Int(offset)
      buffer.replaceSubrange(0..<count, with: bytes[start..<start + count])
    case .file(let descriptor, let path):
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
}

/// The system's words for an `errno`.
func systemMessage(_ code: Int32) -> String {
  unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}
