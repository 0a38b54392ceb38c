internal import Basics

/// What was changed in a folder of photos, and how it was before.
struct FolderChange {
  /// What undoing it is about, as `remove "mug"`.
  var title: String
  /// Files and folders that have another place now.
  var moves: [(from: PathName, to: PathName)] = []
  /// Files that were not there before.
  var written: [PathName] = []
  /// Folders that were not there before.
  var made: [PathName] = []
  /// Where removed things are kept for it.
  var kept: PathName?

  init(_ title: String) { self.title = title }

  /// Moves, or nothing: what was moved before one that cannot be goes back.
  mutating func move(_ moves: [(from: PathName, to: PathName)]) throws(TeachingError) {
    for (index, move) in moves.enumerated() {
      do { try Folder.move(move.from, to: move.to) } catch {
        for done in moves[..<index].reversed() { try? Folder.move(done.to, to: done.from) }
        throw TeachingError(move.from, error)
      }
    }
    self.moves += moves
  }

  /// Makes it as it was before.
  ///
  /// - Throws: when something is in the way; then it is as it is now.
  func undo() throws(TeachingError) {
    var back = FolderChange(title)
    try back.move(moves.reversed().map { ($0.to, $0.from) })
    for path in written { try? Folder.remove(path) }
    // What others have put into it meanwhile stays.
    for path in made.reversed() { try? Folder.remove(path) }
    if let kept { Folder.removeAll(kept) }
  }

  /// The folders that it has changed.
  var folders: [PathName] {
    moves.flatMap { [$0.from, $0.to, $0.from.parent, $0.to.parent] } + written.map(\.parent) + made
  }
}

extension PathName {
  /// The folder that it is in.
  fileprivate var parent: PathName {
    PathName(Array(bytes[..<(bytes.lastIndex(of: UInt8(ascii: "/")) ?? bytes.startIndex)]))
  }
}
