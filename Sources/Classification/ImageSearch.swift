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

  /// The images that a path stands for, all at once: see ``ImageWalk``.
  func images(at path: PathName) -> Found {
    var walk = ImageWalk([path], self)
    var found = Found()
    while let image = walk.next() { found.images.append(image.entry) }
    found.leftOut = walk.leftOut
    return found
  }
}
