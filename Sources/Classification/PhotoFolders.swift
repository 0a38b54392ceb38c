package import Basics
package import Imaging

/// Photos to learn from: a folder that has one folder of photos a label, named after it.
package struct PhotoFolders: Sendable {
  /// Labels with their photos, in natural order; those without photos are left out.
  package let labels: [(name: String, photos: [ImageEntry])]
  /// Names of folders without photos.
  package let empty: [String]
  /// Where photos lie instead, where there are no labels with photos, and what to do.
  package let advice: String?
  /// Files in the folders that may be photos.
  package let leftOut: UnclearFiles

  /// Lists the photos.
  ///
  /// - Parameters:
  ///   - folder: the folder of folders.
  ///   - none: the name of a folder that is no label.
  ///   - lookingIntoAll: take files that are images by their contents, not by their names alone.
  /// - Throws: what the system says when it cannot be listed.
  package init(
    _ folder: PathName, none: String, lookingIntoAll: Bool = false
  ) throws(SystemError) {
    var labels: [(name: String, photos: [ImageEntry])] = []
    var empty: [String] = []
    var leftOut = UnclearFiles()
    let search = ImageSearch(looksIntoAll: lookingIntoAll)
    for entry in try Folder.entries(of: folder).sorted(by: { $0.path < $1.path }) {
      guard Folder.isFolder(entry.path), entry.path.name != none else { continue }
      let found = search.images(at: entry.path)
      leftOut.paths += found.leftOut.paths
      if found.images.isEmpty {
        empty.append(entry.path.name)
      } else {
        labels.append((entry.path.name, found.images))
      }
    }
    self.labels = labels
    self.empty = empty
    advice = labels.isEmpty ? ImageFolders(below: folder, for: .learning).advice : nil
    self.leftOut = leftOut
  }

  /// Whether a file is one of the photos, by whatever name.
  package func contains(_ file: FileIdentity) -> Bool {
    labels.contains { ImageList($0.photos).contains(file) }
  }
}
