import Glibc

/// Where records go: stdout, or a file that appears only when it is complete.
final class ResultOutput {
  private let name: String
  private let descriptor: Int32
  /// The file's name, and the name it has until it is complete.
  private let file: (final: String, partial: String)?
  private var pending: [UInt8] = []

  /// Writes to `path`, or to stdout.
  init(path: String?) throws(WriteFailure) {
    name = path ?? "stdout"
    guard let path else {
      descriptor = STDOUT_FILENO
      file = nil
      return
    }
    // What a link points at is what gets written, not the link.
    let place = Self.resolved(path)
    var status = stat()
    if stat(place, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      // A device or a pipe is there to be written to: no file may take its place.
      descriptor = open(place, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw WriteFailure(name, .last) }
      file = nil
      return
    }
    let partial = "\(place).partial-\(getpid())"
    descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw WriteFailure(name, .last) }
    file = (place, partial)
  }

  private static func resolved(_ path: String) -> String {
    guard let target = realpath(path, nil) else { return path }
    defer { free(target) }
    return String(cString: target)
  }

  func append(_ text: String) { pending.append(contentsOf: text.utf8) }

  /// Hands everything to the system.
  ///
  /// When nobody reads stdout any more the process ends, quietly.
  func flush() throws(WriteFailure) {
    var written = 0
    while written < pending.count {
      let count = pending.withUnsafeBytes { bytes in
        write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EPIPE {
        Interruption.end(by: SIGPIPE)
      } else if errno != EINTR {
        throw WriteFailure(name, .last)
      }
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// The last flush; the file takes its name.
  func finish() throws(WriteFailure) {
    try flush()
    guard let file else { return }
    guard close(descriptor) == 0, rename(file.partial, file.final) == 0 else {
      throw WriteFailure(name, .last)
    }
  }

  /// Leaves nothing behind.
  func discard() {
    if let file { unlink(file.partial) }
  }

  /// The results could not be written.
  struct WriteFailure: Error, CustomStringConvertible {
    var description: String

    init(_ name: String, _ error: SystemError) { description = "\(name): \(error)" }
  }
}
