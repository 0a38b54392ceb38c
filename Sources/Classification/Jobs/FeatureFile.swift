package import Basics
internal import Glibc

/// Class features of images as an array of NumPy, float32 `[N, E]`: a row for each record, of NaN where an image could not be classified.
///
/// The format is NumPy's version 1.0, little-endian, its header of a fixed length, so that the number of rows can be put in when it is
/// known.
package final class FeatureFile {
  /// The file's name.
  package let path: String
  private let columns: Int
  /// Open; nil until there is a file.
  private var descriptor: Int32?
  /// A file that appears when it is complete; nil of one that is gone on with.
  private var replacement: ReplacementFile?
  /// Rows that are there.
  package private(set) var rows = 0
  /// Rows that the header of a file that was there states: so many it has had records for.
  package private(set) var statedRows = 0

  private static let headerLength = 128

  private init(
    _ path: String, columns: Int, descriptor: Int32?, replacement: consuming ReplacementFile?
  ) {
    self.path = path
    self.columns = columns
    self.descriptor = descriptor
    self.replacement = replacement
  }

  deinit { if replacement == nil, let descriptor { close(descriptor) } }

  /// A file that takes its place when it is finished.
  ///
  /// - Parameters:
  ///   - path: the place.
  ///   - columns: length of a feature, E.
  /// - Returns: the file.
  /// - Throws: when it cannot be written.
  package static func create(
    _ path: String, columns: Int
  ) throws(FeatureFileError) -> FeatureFile {
    do throws(SystemError) {
      let replacement = try ReplacementFile(for: path)
      let descriptor = replacement.descriptor
      return FeatureFile(
        path, columns: columns, descriptor: descriptor, replacement: replacement)
    } catch {
      throw .system(path, error)
    }
  }

  /// A file that an earlier run may have begun, and that is gone on with; nothing is changed yet.
  ///
  /// - Parameters:
  ///   - path: the file, which need not be there.
  ///   - columns: length of a feature, E.
  /// - Returns: the file.
  /// - Throws: when it cannot be written, or is something else.
  package static func find(_ path: String, columns: Int) throws(FeatureFileError) -> FeatureFile {
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    let file = FeatureFile(
      path, columns: columns, descriptor: descriptor < 0 ? nil : descriptor, replacement: nil)
    if descriptor >= 0 {
      try file.look(into: descriptor)
    } else if errno != ENOENT {
      throw .system(path, .last)
    }
    return file
  }

  private func look(into descriptor: Int32) throws(FeatureFileError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .other(path)
    }
    try lock(descriptor)
    let start: [UInt8]
    do throws(SystemError) {
      start = try FileBytes.read(descriptor, at: 0, count: Self.headerLength)
    } catch {
      throw .system(path, error)
    }
    // A process that was killed at once leaves less than a header.
    guard start.count == Self.headerLength else {
      guard Self.header(rows: 0, columns: columns).starts(with: start) else { throw .other(path) }
      return
    }
    guard let stated = Self.statedRows(in: start, columns: columns) else { throw .other(path) }
    statedRows = stated
    rows = (Int(status.st_size) - Self.headerLength) / (4 * columns)
    guard rows >= stated else { throw .other(path) }
  }

  /// Keeps other runs from writing the file, where the file system has locks: of records it is said where it has none.
  private func lock(_ descriptor: Int32) throws(FeatureFileError) {
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    throw .inUse(path)
  }

  /// Makes the file ready for more rows, behind the first `count`.
  ///
  /// - Precondition: there are so many.
  package func begin(behind count: Int) throws(FeatureFileError) {
    precondition(count <= rows, "\(count) of \(rows) rows")
    if descriptor == nil {
      let created = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard created >= 0 else { throw .system(path, .last) }
      descriptor = created
      try lock(created)
    }
    rows = count
    try attempt { descriptor throws(SystemError) in
      guard ftruncate(descriptor, off_t(offset(ofRow: count))) == 0 else { throw .last }
    }
    try state()
  }

  /// Appends the features of records, in their order.
  ///
  /// - Throws: when they cannot be written.
  package func append(_ records: [Record]) throws(FeatureFileError) {
    var values: [UInt8] = []
    values.reserveCapacity(records.count * 4 * columns)
    let nothing = [Float](repeating: .nan, count: columns)
    for record in records {
      var feature = nothing
      if case .labels(let labels) = record.outcome, let found = labels.feature { feature = found }
      precondition(feature.count == columns, "a feature of \(feature.count) values")
      for value in feature {
        let bits = value.bitPattern
        for shift: UInt32 in [0, 8, 16, 24] {
          values.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
      }
    }
    try write(values, at: offset(ofRow: rows))
    rows += records.count
  }

  /// Has the disk take the rows.
  package func sync() throws(FeatureFileError) {
    try attempt { descriptor throws(SystemError) in
      guard fdatasync(descriptor) == 0 else { throw .last }
    }
  }

  /// Writes into the header how many rows there are: those are there to stay.
  package func state() throws(FeatureFileError) {
    try write(Self.header(rows: rows, columns: columns), at: 0)
  }

  /// The end of the file: it takes its place.
  package func finish() throws(FeatureFileError) {
    try state()
    try sync()
    try attempt { _ throws(SystemError) in try replacement?.commit() }
  }

  private func offset(ofRow row: Int) -> Int { Self.headerLength + row * 4 * columns }

  private func write(_ bytes: [UInt8], at offset: Int) throws(FeatureFileError) {
    try attempt { descriptor throws(SystemError) in
      try FileBytes.write(RawSpan(_elements: bytes.span), to: descriptor, at: offset)
    }
  }

  private func attempt(
    _ body: (Int32) throws(SystemError) -> Void
  ) throws(FeatureFileError) {
    guard let descriptor else { preconditionFailure("begin comes first") }
    do throws(SystemError) { try body(descriptor) } catch { throw .system(path, error) }
  }

  /// The header: magic, version, length of the rest, and what the array is as an expression of Python.
  private static func header(rows: Int, columns: Int) -> [UInt8] {
    let rest = headerLength - 10
    var text = Array(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: rest - 1 - text.count)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(rest), 0] + text + [UInt8(ascii: "\n")]
  }

  /// The rows in a header as this type writes it; nil of another one.
  private static func statedRows(in header: [UInt8], columns: Int) -> Int? {
    let text = String(decoding: header.dropFirst(10), as: UTF8.self)
    guard let shape = text.split(separator: "(").last?.split(separator: ",").first,
      let rows = Int(shape), rows >= 0, header == Self.header(rows: rows, columns: columns)
    else { return nil }
    return rows
  }
}

/// Features cannot be written to a file.
package enum FeatureFileError: Error, Equatable, CustomStringConvertible {
  /// The system refuses.
  case system(String, SystemError)
  /// There is something else, or an array of another model's features.
  case other(String)
  /// Another run writes it.
  case inUse(String)

  /// One line for a person.
  package var description: String {
    switch self {
    case .system(let path, let error): "\(path): \(error)"
    case .other(let path): "\(path): is no array of this model's features: name another file"
    case .inUse(let path): "\(path): another run is writing it"
    }
  }
}
