package import Basics
package import Imaging

/// The images to classify, in order: named files, the contents of folders, then a list of names.
///
/// Files and folders are expanded at once, so that their number is known; a list is read as it comes, so
/// that `inotifywait ... | mmrl-run -` answers while its writer lives.
package struct ImageList: Sendable {
  private var entries: [ImageEntry]
  private var position = 0
  private var names: NameList?
  private let search: ImageSearch
  /// Files in folders that may be images; those of a list as far as it has been read.
  package private(set) var leftOut = UnclearFiles()

  /// The images of some places.
  ///
  /// - Parameters:
  ///   - places: files and folders.
  ///   - names: more files and folders, which come after these.
  ///   - recursively: go into the folders of folders.
  ///   - lookingIntoAll: take files of folders that are images by their contents, not by their names alone.
  package init(
    _ places: [PathName], names: NameList? = nil, recursively: Bool, lookingIntoAll: Bool = false
  ) {
    entries = []
    self.names = names
    search = ImageSearch(isRecursive: recursively, looksIntoAll: lookingIntoAll)
    for place in places { add(place) }
  }

  /// The images of a list made before.
  package init(_ entries: [ImageEntry]) {
    self.entries = entries
    search = ImageSearch()
  }

  private mutating func add(_ place: PathName) {
    let found = search.images(at: place)
    entries += found.images
    leftOut.paths += found.leftOut.paths
  }

  /// How many there are, when that is known.
  package var count: Int? { names == nil ? entries.count : nil }

  /// How many are known to be left; a list may have more.
  var knownLeft: Int { entries.count - position + (names?.known ?? 0) }

  /// The longest path known beforehand, in columns of a terminal.
  package var longestKnownPath: Int {
    entries.reduce(0) { longest, entry in
      guard case .image(let path) = entry else { return longest }
      return max(longest, path.text.printable.columns)
    }
  }

  /// Whether a file is among the images known beforehand, by whatever name.
  package func contains(_ file: FileIdentity) -> Bool {
    entries.contains { entry in
      guard case .image(let path) = entry else { return false }
      return FileIdentity(path) == file
    }
  }

  /// The next one; may wait for the list.
  package mutating func next() -> ImageEntry? {
    while position == entries.count {
      entries.removeAll()
      position = 0
      do {
        guard let name = try names?.next() else { return nil }
        add(name)
      } catch {
        names = nil
        entries = [.failure(PathName("-"), error)]
      }
    }
    defer { position += 1 }
    return entries[position]
  }
}
