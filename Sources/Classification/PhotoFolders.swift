package import Basics
internal import Imaging

/// Photos to learn from: a folder that has one folder of photos a label, named after it.
package struct PhotoFolders: Sendable {
  /// Labels with their photos, in natural order; those without photos are left out.
  package let labels: [(name: String, photos: [ImageEntry])]
  /// Names of folders without photos.
  package let empty: [String]
  /// Where photos lie instead, where there are no labels with photos, and what to do.
  package let advice: String?

  /// Lists the photos.
  ///
  /// - Parameters:
  ///   - folder: the folder of folders.
  ///   - none: the name of a folder that is no label.
  /// - Throws: what the system says when it cannot be listed.
  package init(_ folder: PathName, none: String) throws(SystemError) {
    var labels: [(name: String, photos: [ImageEntry])] = []
    var empty: [String] = []
    for entry in try Folder.entries(of: folder).sorted(by: { $0.path < $1.path }) {
      guard Folder.isFolder(entry.path), entry.path.name != none else { continue }
      let photos = ImageEntry.all(at: entry.path, recursively: false)
      if photos.isEmpty {
        empty.append(entry.path.name)
      } else {
        labels.append((entry.path.name, photos))
      }
    }
    self.labels = labels
    self.empty = empty
    advice = labels.isEmpty ? ImageFolders(below: folder, for: .learning).advice : nil
  }

  /// Whether a file is one of the photos, by whatever name.
  package func contains(_ file: FileIdentity) -> Bool {
    labels.contains { ImageList($0.photos).contains(file) }
  }
}
