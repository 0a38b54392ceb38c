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
  private var buffer: [UInt8] = []
  private var start = 0
  private var ended = false
  /// Whether zeros alone end names: what comes first has one.
  private var endsAreZeros: Bool?

  mutating func next() throws(SystemError) -> [UInt8]? {
    while true {
      while let end = buffer[start...].firstIndex(where: isEnd) {
        var name = buffer[start..<end]
        start = end + 1
        if endsAreZeros != true, name.last == UInt8(ascii: "\r") { name.removeLast() }
        if !name.isEmpty { return Array(name) }
      }
      buffer.removeSubrange(..<start)
      start = 0
      guard !ended else {
        defer { buffer.removeAll() }
        return buffer.isEmpty ? nil : buffer
      }
      try read()
    }
  }

  private func isEnd(_ byte: UInt8) -> Bool {
    byte == 0 || byte == UInt8(ascii: "\n") && endsAreZeros != true
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
    if chunk.isEmpty { ended = true }
    if endsAreZeros == nil { endsAreZeros = chunk.contains(0) }
    buffer += chunk
  }
}
