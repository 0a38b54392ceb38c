internal import Basics
internal import Imaging

/// Which files of a folder are taken for images.
struct ImageSearch: Sendable {
  /// Whether the folders of folders count.
  var isRecursive = false
  /// Whether files that are no images by their names are looked into.
  var looksIntoAll = false
  /// Whether a link to a file counts as the file.
  var followsLinks = true

  /// Images, and what was left out beside them.
  struct Found: Sendable {
    /// In natural order.
    var images: [ImageEntry] = []
    /// Files that may be images.
    var leftOut = UnclearFiles()
  }

  /// The images that a path stands for: itself, or those of a folder in natural order.
  ///
  /// Hidden names are skipped. Folders within a folder count if the search is recursive; links to folders do not, so
  /// that there are no circles. Links to nothing stay, so that they are reported.
  func images(at path: PathName) -> Found {
    var found = Found()
    if Folder.isFolder(path) {
      search(path, &found)
    } else {
      found.images = [.image(path)]
    }
    return found
  }

  private func search(_ folder: PathName, _ found: inout Found) {
    let entries: [Folder.Entry]
    do {
      entries = try Folder.entries(of: folder)
    } catch {
      found.images.append(.failure(folder, error))
      return
    }
    for entry in entries.sorted(by: { $0.path < $1.path }) {
      switch entry.kind {
      case .folder: if isRecursive { search(entry.path, &found) }
      // Images of other kinds, too: they are reported.
      case .file where !followsLinks && Folder.isLink(entry.path): break
      case .danglingLink where !followsLinks: break
      case .file, .danglingLink:
        let kind = ImageFileKind.find(
          entry.path, lookingIntoAll: looksIntoAll, unclear: &found.leftOut)
        if kind != nil { found.images.append(.image(entry.path)) }
      case .linkToFolder, .special: break
      }
    }
  }
}
