package import Basics
package import Imaging

/// The images to classify, in order: named files, the contents of folders and archives, then a list of names.
///
/// However many there are, few are held: as many as a small job has are found at once, so that their number is known, the others as
/// they are taken. A list is read as it comes, so that `inotifywait ... | mmrl-run -` answers while its writer lives.
package struct ImageList: Sendable {
  /// Those found and not taken yet, and some that have been taken.
  private var entries: [ImageEntry] = []
  private var position = 0
  /// What is still to be found.
  private var walk: ImageWalk
  private var isWalked = false
  private var names: NameList?
  private let search: ImageSearch
  private var selection: ImageSelection
  /// So many are found ahead.
  private let lookahead: Int
  /// Files in folders that may be images, as far as they have been looked through.
  package var leftOut: UnclearFiles {
    var all = earlierLeftOut
    all += walk.leftOut
    return all
  }
  private var earlierLeftOut = UnclearFiles()

  /// A million paths would take more memory than classifying them.
  package static let usualLookahead = 8192

  /// The images of some places.
  ///
  /// - Parameters:
  ///   - places: files, folders and tar archives.
  ///   - names: more of them, which come after these.
  ///   - recursively: go into the folders of folders.
  ///   - lookingIntoAll: take files of folders that are images by their contents, not by their names alone.
  ///   - selection: which of them are taken.
  ///   - lookahead: how many are found before they are asked for.
  package init(
    _ places: [PathName], names: NameList? = nil, recursively: Bool, lookingIntoAll: Bool = false,
    selection: ImageSelection = ImageSelection(), lookahead: Int = ImageList.usualLookahead
  ) {
    self.names = names
    self.selection = selection
    self.lookahead = lookahead
    search = ImageSearch(isRecursive: recursively, looksIntoAll: lookingIntoAll)
    walk = ImageWalk(places, search)
    find(atLeast: lookahead)
  }

  /// The images of a list made before.
  package init(_ entries: [ImageEntry]) {
    self.entries = entries
    search = ImageSearch()
    selection = ImageSelection()
    lookahead = entries.count
    walk = ImageWalk([], search)
    isWalked = true
  }

  /// Goes on finding until there are so many that have not been taken, or no more.
  private mutating func find(atLeast count: Int) {
    guard !isWalked, entries.count - position < count else { return }
    entries.removeFirst(position)
    position = 0
    while entries.count < lookahead {
      guard selection.failure == nil, let found = walk.next() else {
        isWalked = true
        return
      }
      if selection.takes(found) { entries.append(found.entry) }
    }
  }

  /// How many there are, when that is known.
  package var count: Int? { isWalked && names == nil ? entries.count : nil }

  /// Whether their number can be known before they are taken.
  package var isCountable: Bool { names == nil }

  /// How many were met and not taken, since they are not of the selection.
  package var passedOver: Int { selection.passedOver }

  /// Why there are no more images though there may be: the selection could not be made.
  package var failure: SystemError? { selection.failure }

  /// How many are known to be left; there may be more.
  var knownLeft: Int { entries.count - position + (names?.known ?? 0) }

  /// The longest path known beforehand, in columns of a terminal.
  package var longestKnownPath: Int {
    entries.reduce(0) { longest, entry in
      if case .failure = entry { return longest }
      return max(longest, entry.path.text.printable.columns)
    }
  }

  /// Whether a file is among the images known beforehand, by whatever name.
  package func contains(_ file: FileIdentity) -> Bool {
    entries.contains { entry in
      switch entry {
      case .image(let path), .member(of: let path, _, _, _): FileIdentity(path) == file
      case .failure: false
      }
    }
  }

  /// The next one; may wait for the list.
  package mutating func next() -> ImageEntry? {
    while true {
      find(atLeast: max(1, lookahead / 2))
      if position < entries.count {
        defer { position += 1 }
        return entries[position]
      }
      guard failure == nil else { return nil }
      do {
        guard let name = try names?.next() else { return nil }
        earlierLeftOut = leftOut
        walk = ImageWalk([name], search)
        isWalked = false
      } catch {
        names = nil
        return .failure(PathName("-"), "\(error)")
      }
    }
  }
}
