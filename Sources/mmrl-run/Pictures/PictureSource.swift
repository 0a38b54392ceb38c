import Glibc

/// The pictures to classify, in order: named files, the contents of folders, a list on stdin.
///
/// Arguments are expanded at once, so that their number is known; a list on stdin is read as it comes, so
/// that `inotifywait ... | mmrl-run -` answers while its writer lives.
struct PictureSource {
  private var expanded: [Folder.Entry] = []
  private var position = 0
  private var list: StandardInputLines?
  private let recursively: Bool

  /// `-` among the arguments stands for the list on stdin, which comes after everything else.
  init(arguments: [String], recursively: Bool) {
    self.recursively = recursively
    for path in PathName.arguments(arguments) {
      if path == PathName("-") {
        list = StandardInputLines()
      } else {
        expand(path)
      }
    }
  }

  /// How many there are, when that is known.
  var count: Int? { list == nil ? expanded.count : nil }

  /// How many are known to be left; a list on stdin may have more.
  var knownLeft: Int { expanded.count - position + (list?.known ?? 0) }

  /// The longest path known beforehand, in characters.
  var longestKnownPath: Int {
    expanded.reduce(0) { longest, entry in
      guard case .picture(let path) = entry else { return longest }
      return max(longest, path.text.count)
    }
  }

  /// The next one; may wait for stdin.
  mutating func next() -> Folder.Entry? {
    while position == expanded.count {
      expanded.removeAll()
      position = 0
      do {
        guard let name = try list?.next() else { return nil }
        expand(PathName(name))
      } catch {
        list = nil
        expanded.append(.failure(PathName("-"), error))
      }
    }
    defer { position += 1 }
    return expanded[position]
  }

  private mutating func expand(_ path: PathName) {
    if Folder.isFolder(path) {
      expanded += Folder.pictures(in: path, recursively: recursively)
    } else {
      expanded.append(.picture(path))
    }
  }
}

/// The names on stdin, one a line, or ended by zero bytes (`find -print0`): then a line feed is part of a name.
private struct StandardInputLines {
  /// Names that have been read, the next one last.
  private var names: [[UInt8]] = []
  /// The beginning of a name.
  private var rest: [UInt8] = []
  private var ended = false
  /// Whether zeros alone end names: what comes first has one.
  private var endsAreZeros: Bool?

  /// Names that need no waiting.
  var known: Int { names.count }

  mutating func next() throws(SystemError) -> [UInt8]? {
    while names.isEmpty, !ended { try read() }
    return names.popLast()
  }

  private mutating func read() throws(SystemError) {
    var failure: SystemError?
    let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { bytes, count in
      var got: Int
      repeat {
        got = Glibc.read(STDIN_FILENO, bytes.baseAddress, bytes.count)
      } while got < 0 && errno == EINTR
      if got < 0 { failure = .last }
      count = max(got, 0)
    }
    if let failure { throw failure }
    ended = chunk.isEmpty
    let endsAreZeros = endsAreZeros ?? chunk.contains(0)
    self.endsAreZeros = endsAreZeros
    var pieces = (rest + chunk).split(omittingEmptySubsequences: false) {
      $0 == 0 || $0 == UInt8(ascii: "\n") && !endsAreZeros
    }
    // What follows the last end is not a name yet.
    rest = ended ? [] : Array(pieces.removeLast())
    names = pieces.reversed().compactMap { piece in
      let hasReturn = !endsAreZeros && piece.last == UInt8(ascii: "\r")
      let name = hasReturn ? piece.dropLast() : piece
      return name.isEmpty ? nil : Array(name)
    }
  }
}
