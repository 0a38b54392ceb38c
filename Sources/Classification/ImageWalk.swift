internal import Basics
internal import Imaging

/// The images at some places, one by one: files themselves, those of folders in natural order.
///
/// Hidden names are skipped. Folders within a folder count if the search is recursive; links to folders do not, so
/// that there are no circles. Links to nothing stay, so that they are reported. Few names are held at a time, see ``SortedFolder``.
struct ImageWalk: Sendable {
  /// An image, and how it is called where it was looked for.
  struct Found: Sendable {
    var entry: ImageEntry
    /// Its path below the folder that was named; that of a file that was named is the whole of it.
    var relative: ArraySlice<UInt8>
  }

  private let search: ImageSearch
  /// The next one last.
  private var places: [PathName]
  /// The folder that is looked through, below those that it lies in.
  private var folders: [SortedFolder] = []
  /// Bytes of the folder that was named, with the slash behind it.
  private var prefix = 0
  /// Files that may be images, so far.
  private(set) var leftOut = UnclearFiles()

  init(_ places: [PathName], _ search: ImageSearch) {
    self.places = places.reversed()
    self.search = search
  }

  /// The next image, or folder that could not be listed; nil at the end.
  mutating func next() -> Found? {
    while true {
      guard let index = folders.indices.last else {
        guard let place = places.popLast() else { return nil }
        guard Folder.isFolder(place) else {
          return Found(entry: .image(place), relative: place.bytes[...])
        }
        prefix = place.appending([]).bytes.count
        folders = [SortedFolder(place)]
        continue
      }
      let entry: Folder.Entry
      do throws(SystemError) {
        guard let next = try folders[index].next() else {
          folders.removeLast()
          continue
        }
        entry = next
      } catch {
        let folder = folders.removeLast().path
        return found(.failure(folder, error), at: folder)
      }
      if let image = image(entry) { return image }
    }
  }

  private mutating func image(_ entry: Folder.Entry) -> Found? {
    switch entry.kind {
    case .folder:
      if search.isRecursive { folders.append(SortedFolder(entry.path)) }
      return nil
    // Images of other kinds, too: they are reported.
    case .file where !search.followsLinks && Folder.isLink(entry.path): return nil
    case .danglingLink where !search.followsLinks: return nil
    case .file, .danglingLink:
      let kind = ImageFileKind.find(
        entry.path, lookingIntoAll: search.looksIntoAll, unclear: &leftOut)
      return kind.map { _ in found(.image(entry.path), at: entry.path) }
    case .linkToFolder, .special: return nil
    }
  }

  private func found(_ entry: ImageEntry, at path: PathName) -> Found {
    Found(entry: entry, relative: path.bytes.dropFirst(prefix))
  }
}
