/// The entries of a zip file, zip64 included, as far as torch writes them: stored, not compressed.
///
/// Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end).
struct ZipArchive {
  /// One file of the archive.
  struct Entry {
    let name: String
    fileprivate let method: UInt16
    fileprivate let isEncrypted: Bool
    fileprivate let size: Int
    fileprivate let header: Int
  }

  let file: MappedFile
  /// In the order of the central directory.
  let entries: [Entry]
  private let indices: [String: Int]

  init(_ file: MappedFile) throws(CheckpointError) {
    self.file = file
    let directory = try Self.directory(of: file)
    var reader = ByteReader(file, directory.range)
    var entries: [Entry] = []
    var indices: [String: Int] = [:]
    for _ in 0..<directory.count {
      let start = reader.position
      let entry = try Self.entry(&reader)
      guard indices.updateValue(entries.count, forKey: entry.name) == nil else {
        throw reader.malformed("two zip entries are called “\(entry.name)”", at: start)
      }
      entries.append(entry)
    }
    self.entries = entries
    self.indices = indices
  }

  func contains(_ name: String) -> Bool { indices[name] != nil }

  /// Where the bytes of an entry lie in the file; nil when there is no such entry.
  func range(of name: String) throws(CheckpointError) -> Range<Int>? {
    guard let index = indices[name] else { return nil }
    let entry = entries[index]
    guard entry.method == 0, !entry.isEncrypted else {
      throw .unsupported(
        path: file.path,
        what: "zip entry “\(name)” is compressed or encrypted; torch stores its entries as they are"
      )
    }
    var reader = ByteReader(file, entry.header..<file.count)
    guard try reader.integer(UInt32.self, "a local zip header") == 0x0403_4b50 else {
      throw reader.malformed("zip entry “\(name)” has no local header here", at: entry.header)
    }
    _ = try reader.take(22, "a local zip header")
    let nameLength = Int(try reader.integer(UInt16.self, "a local zip header"))
    let extraLength = Int(try reader.integer(UInt16.self, "a local zip header"))
    _ = try reader.take(nameLength + extraLength, "the name in a local zip header")
    return try reader.take(entry.size, "zip entry “\(name)”")
  }

  /// Finds the end record (at most a comment of 64 KB follows it) and through it the central directory.
  private static func directory(of file: MappedFile) throws(CheckpointError)
    -> (range: Range<Int>, count: Int)
  {
    let size = 22
    var start = file.count - size
    let lowest = max(0, start - 65_535)
    while start >= lowest {
      var reader = ByteReader(file, start..<file.count)
      if try reader.integer(UInt32.self, "the end of the zip directory") == 0x0605_4b50 { break }
      start -= 1
    }
    guard start >= lowest else {
      throw .malformed(
        path: file.path, offset: max(0, file.count - 1),
        what: "starts as a zip file but has no zip directory at its end: it is truncated")
    }
    var reader = ByteReader(file, start + 10..<file.count)
    var count = Int(try reader.integer(UInt16.self, "the end of the zip directory"))
    var length = Int(try reader.integer(UInt32.self, "the end of the zip directory"))
    var offset = Int(try reader.integer(UInt32.self, "the end of the zip directory"))
    if count == 0xffff || length == 0xffff_ffff || offset == 0xffff_ffff, start >= 20 {
      var locator = ByteReader(file, start - 20..<start)
      if try locator.integer(UInt32.self, "the zip64 locator") == 0x0706_4b50 {
        _ = try locator.take(4, "the zip64 locator")
        let end = try locator.length("the zip64 locator")
        guard end <= start - 20 else {
          throw locator.malformed("the zip64 end record lies at \(end)", at: start - 12)
        }
        var record = ByteReader(file, end..<start - 20)
        guard try record.integer(UInt32.self, "the zip64 end record") == 0x0606_4b50 else {
          throw record.malformed("there is no zip64 end record here", at: end)
        }
        _ = try record.take(28, "the zip64 end record")
        count = try record.length("the zip64 end record")
        length = try record.length("the zip64 end record")
        offset = try record.length("the zip64 end record")
      }
    }
    let (end, overflow) = offset.addingReportingOverflow(length)
    guard !overflow, end <= start, count <= length / 46 else {
      throw .malformed(
        path: file.path, offset: start,
        what: "a zip directory of \(count) entries and \(length) bytes at \(offset) does not fit")
    }
    return (offset..<end, count)
  }

  private static func entry(_ reader: inout ByteReader) throws(CheckpointError) -> Entry {
    let what = "an entry of the zip directory"
    let start = reader.position
    guard try reader.integer(UInt32.self, what) == 0x0201_4b50 else {
      throw reader.malformed("there is no entry of the zip directory here", at: start)
    }
    _ = try reader.take(4, what)
    let flags = try reader.integer(UInt16.self, what)
    let method = try reader.integer(UInt16.self, what)
    _ = try reader.take(8, what)
    let compressedSize = try reader.integer(UInt32.self, what)
    var size = Int(try reader.integer(UInt32.self, what))
    let nameLength = Int(try reader.integer(UInt16.self, what))
    let extraLength = Int(try reader.integer(UInt16.self, what))
    let commentLength = Int(try reader.integer(UInt16.self, what))
    _ = try reader.take(8, what)
    var header = Int(try reader.integer(UInt32.self, what))
    let name = try reader.text(nameLength, "the name of a zip entry")
    var extra = ByteReader(reader.file, try reader.take(extraLength, what))
    _ = try reader.take(commentLength, what)
    // The zip64 field holds those of size, compressed size and offset that are all ones above, in this order.
    let needsSize = size == 0xffff_ffff
    let needsHeader = header == 0xffff_ffff
    while (needsSize || needsHeader) && extra.remaining >= 4 {
      let tag = try extra.integer(UInt16.self, what)
      let length = Int(try extra.integer(UInt16.self, what))
      var field = ByteReader(reader.file, try extra.take(length, what))
      guard tag == 1 else { continue }
      if needsSize {
        size = try field.length("the size of “\(name)”")
      }
      if compressedSize == 0xffff_ffff { _ = try field.take(8, what) }
      if needsHeader { header = try field.length("the offset of “\(name)”") }
    }
    guard header <= reader.file.count else {
      throw reader.malformed("zip entry “\(name)” lies at \(header), behind the end", at: start)
    }
    return Entry(
      name: name, method: method, isEncrypted: flags & 1 != 0, size: size, header: header)
  }
}
