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
    for argument in arguments {
      if argument == "-" {
        list = StandardInputLines()
      } else {
        expand(PathName(argument))
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
      guard let line = list?.next() else { return nil }
      expanded.removeAll()
      position = 0
      expand(PathName(line))
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

/// The lines of stdin, without their ends; zero bytes end lines too (`find -print0`).
private struct StandardInputLines {
  private var buffer: [UInt8] = []
  private var start = 0
  private var ended = false

  mutating func next() -> [UInt8]? {
    while true {
      while let end = buffer[start...].firstIndex(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }) {
        var line = buffer[start..<end]
        start = end + 1
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if !line.isEmpty { return Array(line) }
      }
      buffer.removeSubrange(..<start)
      start = 0
      guard !ended else {
        defer { buffer.removeAll() }
        return buffer.isEmpty ? nil : buffer
      }
      read()
    }
  }

  private mutating func read() {
    let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { bytes, count in
      var got: Int
      repeat {
        got = Glibc.read(STDIN_FILENO, bytes.baseAddress, bytes.count)
      } while got < 0 && errno == EINTR
      count = max(got, 0)
    }
    if chunk.isEmpty { ended = true }
    buffer += chunk
  }
}
