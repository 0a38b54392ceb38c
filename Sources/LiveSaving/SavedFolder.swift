package import Basics
internal import Glibc
internal import Live

/// A folder of kept pictures, each a JPEG file and a JSON record beside it, bounded in number and bytes.
///
/// What else lies there is left alone. One program keeps pictures in it; listing and reading are for any thread.
package final class SavedFolder: Sendable {
  /// A picture and its record.
  private struct Entry {
    var name: SavedName
    /// Of both files.
    var bytes: Int
    /// What it looks like, and of which source it is; nil for those of an earlier run.
    var look: (Look, source: String)?
    /// Whether a newer one of its source looks like it.
    var isRepeated = false

    func isLike(_ other: Entry) -> Bool {
      guard let look, let otherLook = other.look, look.source == otherLook.source else {
        return false
      }
      return look.0.isLike(otherLook.0)
    }
  }

  private struct State {
    var lock: Int32 = -1
    /// Oldest first: in the order of their names at first, and then of their coming, whatever the clock does.
    var entries: [Entry] = []
    var bytes = 0

    mutating func append(_ entry: Entry) {
      for index in entries.indices where !entries[index].isRepeated {
        entries[index].isRepeated = entries[index].isLike(entry)
      }
      entries.append(entry)
      bytes += entry.bytes
    }

    /// Where a picture of a name is, or was.
    func place(of name: SavedName) -> Int {
      entries.lastIndex { $0.name == name }
        ?? entries.lastIndex { $0.name.text < name.text }.map { $0 + 1 } ?? 0
    }

    /// Takes out those that are too many beside `more` new ones of so many bytes in all.
    ///
    /// The oldest of those that look like newer ones go first, then the oldest of all; in one pass each, since a limit may have
    /// become much lower.
    mutating func takeOut(beside more: Int, of moreBytes: Int, _ limits: SavePlan.Limits)
      -> [SavedName]
    {
      var count = entries.count
      var goes = [Bool](repeating: false, count: count)
      for repeatedOnly in [true, false] {
        for index in entries.indices
        where !goes[index] && (entries[index].isRepeated || !repeatedOnly) {
          guard count + more > limits.pictures || bytes + moreBytes > limits.bytes else { break }
          goes[index] = true
          count -= 1
          bytes -= entries[index].bytes
        }
      }
      guard count < entries.count else { return [] }
      let names = entries.indices.filter { goes[$0] }.map { entries[$0].name }
      entries = entries.indices.filter { !goes[$0] }.map { entries[$0] }
      return names
    }
  }

  /// What is read of a record, and of a picture, at most.
  private static let mostBytes = (json: 1 << 20, jpeg: 64 << 20)
  /// Records looked at for what has changed before the program began.
  private static let longestSearch = 2000

  /// The folder.
  package let path: PathName
  /// What it may hold.
  package let limits: SavePlan.Limits
  private let state = Monitor(State())

  /// Opens a folder, which is made if it is missing, and clears away what a killed program has left half done.
  ///
  /// - Throws: ``SavingError`` when it cannot be written, or another program uses it.
  package init(_ path: String, _ limits: SavePlan.Limits) throws(SavingError) {
    self.path = PathName(path)
    self.limits = limits
    do throws(SystemError) {
      try Folder.make(self.path)
      try load()
    } catch {
      throw SavingError(self.path, error)
    }
  }

  deinit { state.with { if $0.lock >= 0 { close($0.lock) } } }

  /// Looks what there is, anew: the folder may be another one now, on another disk.
  ///
  /// - Throws: what the system says.
  func load() throws(SystemError) {
    // The lock is on the folder that was: it must be free before it can be taken again.
    state.with { state in
      if state.lock >= 0 { close(state.lock) }
      state = State()
    }
    let lock = try Folder.lock(path)
    do throws(SystemError) {
      guard unsafe access(path.text, W_OK | X_OK) == 0 else { throw SystemError.last }
      let entries = try clearedEntries()
      state.with { state in
        state.lock = lock
        for entry in entries { state.append(entry) }
      }
    } catch {
      close(lock)
      throw error
    }
    makeRoom(for: 0)
  }

  /// The pictures that have their records; halves and drafts go.
  private func clearedEntries() throws(SystemError) -> [Entry] {
    var jpegs: [SavedName: Int] = [:]
    var jsons: [SavedName: Int] = [:]
    for entry in try Folder.entries(of: path) where entry.kind == .file {
      guard let (name, ending) = SavedName.parts(ofFile: entry.path.name) else { continue }
      let size = FileVersion(of: entry.path)?.size ?? 0
      switch ending {
      case "jpg": jpegs[name] = size
      case "json": jsons[name] = size
      default:
        if ReplacementFile.isDraft(entry.path.name, of: [name.jpeg, name.json]) {
          try? Folder.remove(entry.path)
        }
      }
    }
    for name in jpegs.keys where jsons[name] == nil { try? Folder.remove(place(name.jpeg)) }
    for name in jsons.keys where jpegs[name] == nil { try? Folder.remove(place(name.json)) }
    return jpegs.compactMap { name, bytes in
      jsons[name].map { Entry(name: name, bytes: bytes + $0) }
    }.sorted { $0.name.text < $1.name.text }
  }

  private func place(_ file: String) -> PathName { path.appending(Array(file.utf8)) }

  // MARK: Keeping

  /// Keeps a picture.
  ///
  /// - Parameters:
  ///   - jpeg: its file.
  ///   - seen: the frame.
  ///   - source: what the user calls its source.
  ///   - reasons: why it is kept.
  ///   - look: what it looks like, if that is known.
  /// - Throws: what the system says; then nothing is left of it. `EFBIG` where it is larger than all may be.
  func keep(
    _ jpeg: [UInt8], of seen: SeenFrame, source: String, _ reasons: [SavePlan.Reason], look: Look?
  ) throws(SystemError) {
    let text = Array(SavedPicture.text(of: seen, source: source, reasons).utf8)
    let bytes = jpeg.count + text.count
    guard bytes <= limits.bytes else { throw SystemError(code: EFBIG) }
    let name = freeName(seen, source)
    makeRoom(for: bytes)
    // The record first: where there is a picture, there is its record.
    try Self.write(text, to: place(name.json))
    do {
      try Self.write(jpeg, to: place(name.jpeg))
    } catch {
      try? Folder.remove(place(name.json))
      throw error
    }
    state.with {
      $0.append(Entry(name: name, bytes: bytes, look: look.map { ($0, source: source) }))
    }
  }

  private static func write(_ bytes: [UInt8], to path: PathName) throws(SystemError) {
    var file = try ReplacementFile(for: path.text)
    try file.append(bytes)
    try file.commit()
  }

  /// Nothing has this name, not even something that is no picture of ours.
  private func freeName(_ seen: SeenFrame, _ source: String) -> SavedName {
    var copy = 1
    while true {
      let name = SavedName(
        time: seen.time, source: source, sequence: Int(seen.frame.sequence), copy: copy)
      if FileVersion(of: place(name.jpeg)) == nil, FileVersion(of: place(name.json)) == nil {
        return name
      }
      copy += 1
    }
  }

  /// Removes pictures that are too many with a new one of so many bytes; of none where there is none to come.
  private func makeRoom(for bytes: Int) {
    let old = state.with { $0.takeOut(beside: bytes > 0 ? 1 : 0, of: bytes, limits) }
    for name in old {
      try? Folder.remove(place(name.jpeg))
      try? Folder.remove(place(name.json))
    }
  }

  // MARK: Looking

  /// How many pictures there are.
  package var count: Int { state.with { $0.entries.count } }

  /// Kept pictures, newest first.
  ///
  /// - Parameters:
  ///   - name: only those older than this one; nil for the newest.
  ///   - most: how many at most.
  /// - Returns: the pictures, and whether there are older ones.
  package func pictures(
    before name: SavedName?, most: Int
  ) -> (pictures: [SavedPicture], hasMore: Bool) {
    let (names, hasMore) = state.with { state in
      let end = name.map(state.place(of:)) ?? state.entries.count
      let start = max(0, end - most)
      return (state.entries[start..<end].reversed().map(\.name), start > 0)
    }
    return (names.compactMap(picture), hasMore)
  }

  /// The last changes of answers that are kept, oldest first.
  package func lastChanges(most: Int) -> [SavedPicture] {
    let names = state.with { $0.entries.suffix(Self.longestSearch).reversed().map(\.name) }
    var changes: [SavedPicture] = []
    for name in names where changes.count < most {
      if let picture = picture(name), picture.reasons.contains(.change), picture.answer != nil {
        changes.append(picture)
      }
    }
    return changes.reversed()
  }

  /// A kept picture; nil where there is none of this name.
  package func picture(_ name: SavedName) -> SavedPicture? {
    guard contains(name) else { return nil }
    return read(name.json, limit: Self.mostBytes.json).flatMap { SavedPicture(name, json: $0) }
  }

  /// A kept picture's JPEG file; nil where there is none of this name any more.
  package func file(of name: SavedName) -> [UInt8]? {
    contains(name) ? read(name.jpeg, limit: Self.mostBytes.jpeg) : nil
  }

  /// Whether there is a picture of this name.
  package func contains(_ name: SavedName) -> Bool {
    state.with { state in state.entries.contains { $0.name == name } }
  }

  private func read(_ file: String, limit: Int) -> [UInt8]? {
    let path = place(file)
    // Not the pipe that may have come in its place.
    guard Folder.isFile(path) else { return nil }
    return try? FileBytes.read(path, limit: limit)
  }
}
