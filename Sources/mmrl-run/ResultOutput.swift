import ArgumentParser
import Basics
import Glibc

/// Where records go: stdout, or a file that appears only when it is complete.
final class ResultOutput {
  private let name: String
  private let descriptor: Int32
  /// Gone once it is in its place.
  private var file: ReplacementFile?
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
    if unsafe stat(place, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      // A device or a pipe is there to be written to: no file may take its place.
      descriptor = unsafe open(place, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      file = nil
      guard descriptor >= 0 else { throw WriteFailure(name, .last) }
      return
    }
    do throws(SystemError) {
      let file = try ReplacementFile(for: place)
      descriptor = file.descriptor
      self.file = consume file
    } catch {
      throw WriteFailure(name, error)
    }
  }

  /// Forgets what was written to a file that is not complete.
  ///
  /// - Returns: what became of the file, in words; nil for stdout, a device or a pipe, which have what was written.
  func discard() -> String? {
    guard file != nil else { return nil }
    file = nil
    let isThere = unsafe access(name, F_OK) == 0
    return "\(name): \(isThere ? "stays as it was" : "not written"), since not all is done"
  }

  /// Refuses a place that is a file to be read, by whatever name.
  ///
  /// - Parameters:
  ///   - path: the place; nil is stdout.
  ///   - option: what names it.
  ///   - isRead: whether a file is read.
  /// - Throws: `ValidationError`.
  static func refuse(
    _ path: String?, _ option: String, where isRead: (FileIdentity) -> Bool
  ) throws(ValidationError) {
    guard let path, let file = FileIdentity(PathName(path)), isRead(file) else { return }
    throw ValidationError("\(option) \(path) is a file that is read: name another one.")
  }

  /// What a path leads to, links followed; the path itself where there is nothing yet.
  static func resolved(_ path: String) -> String {
    guard let target = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(target) }
    return unsafe String(cString: target)
  }

  func append(_ text: String) { pending.append(contentsOf: text.utf8) }

  /// Hands everything to the system.
  ///
  /// When nobody reads stdout any more the process ends, quietly.
  func flush() throws(WriteFailure) {
    var written = 0
    while written < pending.count {
      let count = unsafe pending.withUnsafeBytes { bytes in
        unsafe write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
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
    do throws(SystemError) {
      try file?.commit()
    } catch {
      throw WriteFailure(name, error)
    }
    file = nil
  }

  /// The results could not be written.
  struct WriteFailure: Error, CustomStringConvertible {
    var description: String

    init(_ name: String, _ error: SystemError) { description = "\(name): \(error)" }
  }
}
