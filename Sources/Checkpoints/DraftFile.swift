#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A file written beside its destination and renamed onto it at the end; without `commit` it leaves nothing behind.
struct DraftFile: ~Copyable {
  private let path: String
  private let draft: String
  private let descriptor: Int32
  private var isCommitted = false

  init(for path: String) throws(CheckpointError) {
    self.path = path
    draft = "\(path).\(getpid()).part"
    descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system(path: path, call: "open", errno: errno) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isCommitted { unsafe unlink(draft) }
  }

  func append(_ bytes: RawSpan) throws(CheckpointError) {
    try unsafe bytes.withUnsafeBytes { buffer throws(CheckpointError) in
      var done = 0
      while done < buffer.count {
        let count = unsafe write(
          descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
        if count < 0 {
          if errno == EINTR { continue }
          throw .system(path: path, call: "write", errno: errno)
        }
        done += count
      }
    }
  }

  consuming func commit() throws(CheckpointError) {
    guard fsync(descriptor) == 0 else { throw .system(path: path, call: "fsync", errno: errno) }
    guard unsafe rename(draft, path) == 0 else {
      throw .system(path: path, call: "rename", errno: errno)
    }
    isCommitted = true
  }
}
