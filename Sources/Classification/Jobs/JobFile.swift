package import Basics
internal import Glibc

/// A file of records that a run goes on with where an earlier one ended, however that ended.
///
/// The first line is a ``JobDescription``, each other one a record as JSON. What a process that was killed has left of a last line is
/// cut off, and its image classified again. The system is made to put all on the disk every few seconds and at the end: if power
/// fails, records after that may be missing or torn; they are cut off and made again. The file is locked, so that no other run writes
/// it meanwhile.
package final class JobFile {
  /// What a run finds in the file.
  package struct Found: Sendable {
    /// Whole records.
    package var records = 0
    /// Those of images that could not be classified.
    package var failures = 0
    /// Bytes behind them, to be cut off.
    package var remains = 0
  }

  /// The file's name.
  package let path: String
  private let description: JobDescription
  /// Open and locked; nil until there is a file.
  private var descriptor: Int32?
  /// What was found, as far as it is kept.
  package private(set) var found = Found()
  /// Where the records lie; nil where not even the first line is there.
  private var records: Range<Int>?
  /// Why the file could not be locked, where the file system has no locks.
  package private(set) var lockFailure: SystemError?

  private static let beginning = Array("{\"job\":".utf8)

  private init(path: String, _ description: JobDescription) {
    self.path = path
    self.description = description
  }

  deinit { if let descriptor { close(descriptor) } }

  /// Looks into a file, which need not be there yet; nothing is changed.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - description: of this run.
  /// - Returns: the file.
  /// - Throws: when it is another job's, or no job's, or somebody else's at this moment.
  package static func find(
    _ path: String, _ description: JobDescription
  ) throws(JobFileError) -> JobFile {
    let file = JobFile(path: path, description)
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    if descriptor >= 0 {
      file.descriptor = descriptor
      try file.lock(descriptor)
      try file.look(into: descriptor)
    } else if errno != ENOENT {
      throw .system(path, .last)
    }
    return file
  }

  private func lock(_ descriptor: Int32) throws(JobFileError) {
    guard Self.length(of: descriptor) != nil else { throw .notRegular(path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
    let error = SystemError.last
    guard error.code != EWOULDBLOCK else { throw .inUse(path) }
    lockFailure = error
  }

  /// Nil of what is no regular file.
  private static func length(of descriptor: Int32) -> Int? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return Int(status.st_size)
  }

  private func look(into descriptor: Int32) throws(JobFileError) {
    let length = Self.length(of: descriptor) ?? 0
    var first: RecordLines.Line?
    var lines = RecordLines(descriptor, from: 0, to: length)
    do throws(SystemError) {
      let start = try FileBytes.read(descriptor, at: 0, count: Self.beginning.count)
      // Not read to its end, whatever it is.
      guard Self.beginning.starts(with: start) else { throw SystemError(code: EINVAL) }
      first = try lines.next()
    } catch {
      throw error.code == EINVAL ? .notJob(path) : .system(path, error)
    }
    // A process that was killed at once leaves less than a line.
    guard let first else { return }
    guard let other = JobDescription(line: first.bytes) else { throw .notJob(path) }
    if let difference = other.difference(in: description) { throw .otherJob(path, difference) }
    try count(&lines, to: .max, of: length)
  }

  /// Finds whole records, and where they end.
  private func count(
    _ lines: inout RecordLines, to most: Int, of length: Int
  ) throws(JobFileError) {
    found = Found()
    let start = lines.start
    var end = start
    while found.records < most {
      var line: RecordLines.Line?
      do throws(SystemError) { line = try lines.next() } catch { throw .system(path, error) }
      guard let line else { break }
      guard line.isRecord else {
        guard line.isTorn else { throw .damaged(path, line: found.records + 2) }
        break
      }
      end = lines.start
      found.records += 1
      found.failures += line.isFailure ? 1 : 0
    }
    found.remains = length - end
    records = start..<end
  }

  /// Gives up all records but the first `count`.
  package func keep(_ count: Int) throws(JobFileError) {
    guard let descriptor, let records, count < found.records else { return }
    let length = records.upperBound + found.remains
    var lines = RecordLines(descriptor, from: records.lowerBound, to: records.upperBound)
    try self.count(&lines, to: count, of: length)
  }

  /// The images that there are records of.
  package var done: DoneImages? {
    guard let descriptor, let records, !records.isEmpty else { return nil }
    return DoneImages(
      RecordLines(descriptor, from: records.lowerBound, to: records.upperBound))
  }

  /// Makes the file ready for more records.
  ///
  /// - Throws: when that cannot be.
  package func begin() throws(JobFileError) {
    if descriptor == nil {
      let created = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      // Somebody was quicker.
      guard created >= 0 else { throw errno == EEXIST ? .inUse(path) : .system(path, .last) }
      descriptor = created
      try lock(created)
    }
    guard let descriptor else { return }
    do throws(SystemError) {
      if let records {
        guard ftruncate(descriptor, off_t(records.upperBound)) == 0 else { throw .last }
        return
      }
      let line = description.line + [UInt8(ascii: "\n")]
      guard ftruncate(descriptor, 0) == 0 else { throw .last }
      try FileBytes.write(RawSpan(_elements: line.span), to: descriptor, at: 0)
      guard fsync(descriptor) == 0 else { throw .last }
      ReplacementFile.syncFolder(of: path)
      records = line.count..<line.count
    } catch {
      throw .system(path, error)
    }
  }

  /// Appends records, each a line; they outlast the process.
  ///
  /// - Precondition: `begin` was called.
  package func append(_ lines: [UInt8]) throws(JobFileError) {
    guard let descriptor, let records else { preconditionFailure("begin comes first") }
    do throws(SystemError) {
      try FileBytes.write(RawSpan(_elements: lines.span), to: descriptor, at: records.upperBound)
    } catch {
      throw .system(path, error)
    }
    self.records = records.lowerBound..<records.upperBound + lines.count
  }

  /// Has the disk take what was appended, so that it outlasts the system.
  package func sync() throws(JobFileError) {
    guard let descriptor, fdatasync(descriptor) != 0 else { return }
    throw .system(path, .last)
  }
}

/// A file cannot be gone on with.
package enum JobFileError: Error, Equatable, CustomStringConvertible {
  /// The system refuses.
  case system(String, SystemError)
  /// A device, a pipe or a folder.
  case notRegular(String)
  /// Its first line is not that of a job.
  case notJob(String)
  /// It was begun otherwise, and how.
  case otherJob(String, String)
  /// Another run writes it.
  case inUse(String)
  /// A line is no record.
  case damaged(String, line: Int)

  /// One line for a person.
  package var description: String {
    switch self {
    case .system(let path, let error): "\(path): \(error)"
    case .notRegular(let path): "\(path): is no regular file, so that nothing can go on behind it"
    case .notJob(let path):
      "\(path): has records, or something else, that no run of this kind has begun: name another file"
    case .otherJob(let path, let difference):
      "\(path): was begun \(difference): go on as it was begun, or name another file"
    case .inUse(let path): "\(path): another run is writing it"
    case .damaged(let path, let line):
      "\(path):\(line): is no record: take the line out, and its image is classified again"
    }
  }
}
