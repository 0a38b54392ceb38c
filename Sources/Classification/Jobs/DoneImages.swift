internal import Basics
internal import ModelFile

/// The images that records are there of, each to be met once more.
///
/// As long as images come in the order of the records, which they do unless files came or went, one record is compared with each and
/// nothing else is held. From the first that differs on, what is left of the records is kept as 128-bit hashes of their paths, with
/// how often each is there: about 50 bytes a record. Two paths of a million share such a hash with a probability below 10^-26.
package struct DoneImages: Sendable {
  private var lines: RecordLines
  /// The path of the next record, in JSON, if it has been read.
  private var path: [UInt8]?
  /// Records that are not compared in their order any more.
  private var rest: [UInt128: Int]?

  /// The images of records.
  init(_ lines: RecordLines) { self.lines = lines }

  /// Takes one record of this path away; false where there is none.
  ///
  /// - Throws: what the system says when records cannot be read.
  mutating func remove(_ text: String) throws(SystemError) -> Bool {
    let wanted = Array(Record.quoted(text).utf8)
    if rest == nil {
      if path == nil { path = try lines.next()?.path }
      // Whatever comes behind the last record is new.
      guard let path else { return false }
      if path == wanted {
        self.path = nil
        return true
      }
      try countRest()
    }
    let key = Self.key(wanted)
    guard let count = rest?[key] else { return false }
    rest?[key] = count > 1 ? count - 1 : nil
    return true
  }

  private mutating func countRest() throws(SystemError) {
    var counts: [UInt128: Int] = [:]
    while let found = path {
      counts[Self.key(found), default: 0] += 1
      path = try lines.next()?.path
    }
    rest = counts
  }

  private static func key(_ path: [UInt8]) -> UInt128 {
    Checksum.xxh128(RawSpan(_elements: path.span))
  }
}
