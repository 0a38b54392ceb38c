package import Basics
internal import Imaging

/// One image to classify, or a folder that could not be listed.
package enum ImageEntry: Sendable, Equatable {
  /// A file that should be an image.
  case image(PathName)
  /// A place that could not be read, and why.
  case failure(PathName, SystemError)

  /// The images that a path stands for: itself, or those of a folder in natural order.
  ///
  /// Hidden names are skipped. Folders within a folder count if `recursively`; links to folders do not, so
  /// that there are no circles. Links to nothing stay, so that they are reported.
  package static func all(at path: PathName, recursively: Bool) -> [ImageEntry] {
    Folder.isFolder(path) ? images(in: path, recursively: recursively) : [.image(path)]
  }

  /// Whether a file should be an image, by its name.
  static func isImage(_ path: PathName) -> Bool { ImageFileKind(path) != nil }

  private static func images(in folder: PathName, recursively: Bool) -> [ImageEntry] {
    let entries: [Folder.Entry]
    do {
      entries = try Folder.entries(of: folder)
    } catch {
      return [.failure(folder, error)]
    }
    return entries.sorted { $0.path < $1.path }.flatMap { entry -> [ImageEntry] in
      switch entry.kind {
      case .folder: recursively ? images(in: entry.path, recursively: true) : []
      case .file, .danglingLink: isImage(entry.path) ? [.image(entry.path)] : []
      case .linkToFolder, .special: []
      }
    }
  }
}
