public import Basics

/// The members of a tar archive, one by one: where each lies in the file, of which little else is read.
///
/// POSIX archives (ustar and pax) and GNU's, as GNU tar, bsdtar and Python write them; not compressed ones, whose members have no
/// place in the file. That place is why this is not left to libarchive, which reads an archive as a stream: threads read members by
/// themselves, and those that are not wanted cost nothing. It would also bring libxml2 and ICU onto every device.
///
/// After IEEE Std 1003.1, pax: "ustar Interchange Format" and "pax Header Block"; GNU tar's manual: "Basic Tar Format".
public struct TarReader: Sendable {
  /// A member that is a file, or a link to one.
  public struct Member: Sendable, Equatable {
    /// Its path, as the archive has it.
    public var path: [UInt8]
    /// Where its bytes are.
    public var content: Content
  }

  /// Where the bytes of a member are.
  public enum Content: Sendable, Equatable {
    /// In a row in the archive's file.
    case bytes(offset: Int, count: Int)
    /// Not there, since it is what the words say.
    case missing(String)
  }

  private let archive: PathName
  private var offset = 0
  /// Members that were found and not asked for yet, the next one last.
  private var members: [Member] = []
  private var failure: TarError?
  private var isComplete = false

  private static let block = TarHeader.length
  /// So many members are found each time that the file is opened.
  private static let batch = 256
  /// The most that a long name or an extended header takes.
  private static let longestWords = 1 << 20
  /// After so many zeros nothing is looked for: tar fills its last record up, and archives may follow one another in a file.
  private static let longestGap = 1 << 20

  /// The members of an archive; nothing is read yet.
  public init(_ archive: PathName) { self.archive = archive }

  /// The next member; nil at the end.
  ///
  /// - Throws: what is wrong with the archive; there are no more members then.
  public mutating func next() throws(TarError) -> Member? {
    if members.isEmpty, !isComplete { find() }
    if let member = members.popLast() { return member }
    guard let failure else { return nil }
    self.failure = nil
    throw failure
  }

  /// Finds some more.
  private mutating func find() {
    var found: [Member] = []
    do throws(TarError) {
      let file = try TarFile(archive)
      while found.count < Self.batch {
        guard let member = try nextMember(of: file) else {
          isComplete = true
          break
        }
        found.append(member)
      }
    } catch {
      failure = error
      isComplete = true
    }
    members = found.reversed()
  }

  /// The next file or link; nil at the end.
  private mutating func nextMember(of file: borrowing TarFile) throws(TarError) -> Member? {
    var words = ExtendedHeader()
    while let header = try nextHeader(of: file) {
      let start = offset
      let data = start + Self.block
      let count = words.size ?? header.size
      let stored = header.hasData || words.isPax && header.kind == .hardLink ? count : 0
      guard stored <= file.length - data else {
        throw .damaged(at: start, "the archive ends within the member that begins there")
      }
      offset = data + (stored + Self.block - 1) / Self.block * Self.block
      let path = words.path ?? header.path
      switch header.kind {
      case .longName, .pax:
        guard stored <= Self.longestWords else {
          throw .damaged(at: start, "a name or header of \(stored) bytes")
        }
        let bytes = try file.read(stored, at: data)
        guard words.take(bytes, header.kind) else {
          throw .damaged(at: start, "an extended header that is not well formed")
        }
        continue
      // Before POSIX a slash at its end made a name that of a folder.
      case .file where path.last == UInt8(ascii: "/"): words = ExtendedHeader()
      case .file where !words.isSparse:
        return Member(path: path, content: .bytes(offset: data, count: count))
      case .sparse:
        offset += try extensions(of: header, file, behind: data) * Self.block
        fallthrough
      case .file:
        return Member(path: path, content: .missing("a sparse file"))
      case .hardLink:
        return Member(path: path, content: .missing("a hard link"))
      case .symbolicLink:
        return Member(path: path, content: .missing("a symbolic link"))
      case .aside: continue
      case .other: words = ExtendedHeader()
      }
    }
    return nil
  }

  /// Blocks between the header of one of GNU's sparse files and its data.
  private func extensions(
    of header: TarHeader, _ file: borrowing TarFile, behind data: Int
  ) throws(TarError) -> Int {
    var count = 0
    var isExtended = header.isExtended
    while isExtended {
      let block = try file.read(Self.block, at: data + count * Self.block)
      isExtended = block[504] != 0
      count += 1
    }
    return count
  }

  /// The header at the offset or behind zeros there; nil at the end.
  private mutating func nextHeader(of file: borrowing TarFile) throws(TarError) -> TarHeader? {
    guard file.length >= Self.block else { throw .notArchive }
    var gap = 0
    while offset < file.length, gap < Self.longestGap {
      let block = try file.read(Self.block, at: offset)
      if let header = TarHeader(block) { return header }
      guard block.allSatisfy({ $0 == 0 }) else {
        throw offset == 0 ? .notArchive : .damaged(at: offset, "no header where one has to be")
      }
      gap += Self.block
      offset += Self.block
    }
    guard gap > 0 else {
      throw .damaged(at: min(offset, file.length), "the archive has no end: it was cut off")
    }
    return nil
  }
}

/// An archive cannot be read, or not further.
public enum TarError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system refuses.
  case system(SystemError)
  /// It is something else.
  case notArchive
  /// What is wrong, and with which byte it begins.
  case damaged(at: Int, String)

  /// One line for a person, without the archive's name.
  public var description: String {
    switch self {
    case .system(let error): "\(error)"
    case .notArchive: "is no tar archive (unpack it first if it is compressed)"
    case .damaged(let offset, let what): "damaged at byte \(offset): \(what)"
    }
  }
}
