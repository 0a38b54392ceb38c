package import Basics
package import Imaging
package import Tokenization

/// Photos to learn from: a folder that has one folder of photos a label, named after it.
package struct PhotoFolders: Sendable {
  /// Labels with their photos, in natural order; those without photos are left out.
  ///
  /// Folders whose names make the same prompt are of one label, as in training.
  package let labels: [(name: String, photos: [ImageEntry])]
  /// Names of folders that were taken together, label by label.
  package let joined: [[String]]
  /// Names of folders without photos.
  package let empty: [String]
  /// Folders with photos whose names no label can have; they are left out.
  package let unusable: [PhotoFoldersError]
  /// Where photos lie instead, where there are no labels with photos, and what to do.
  package let advice: String?
  /// The name of a folder that is no label, where no other is given.
  package static let none = ReservedName.none
  /// Files in the folders that may be photos.
  package let leftOut: UnclearFiles

  /// Lists the photos.
  ///
  /// - Parameters:
  ///   - folder: the folder of folders.
  ///   - none: the name of a folder that is no label.
  ///   - lookingIntoAll: take files that are images by their contents, not by their names alone.
  ///   - followingLinks: take links for what they lead to; otherwise they are passed over.
  /// - Throws: ``PhotoFoldersError``.
  package init(
    _ folder: PathName, none: String, lookingIntoAll: Bool = false, followingLinks: Bool = true
  ) throws(PhotoFoldersError) {
    let entries: [Folder.Entry]
    do { entries = try Folder.entries(of: folder) } catch {
      throw .unreadable(folder.text, error)
    }
    var labels: [(name: String, photos: [ImageEntry])] = []
    var places: [String: Int] = [:]
    var names: [[String]] = []
    var empty: [String] = []
    var unusable: [PhotoFoldersError] = []
    var leftOut = UnclearFiles()
    let search = ImageSearch(looksIntoAll: lookingIntoAll, followsLinks: followingLinks)
    for entry in entries.sorted(by: { $0.path < $1.path }) {
      let name = entry.path.name
      let key = nameInPrompt(name)
      let isFolder =
        entry.kind == .folder || followingLinks && entry.kind == .linkToFolder
      guard isFolder, key != nameInPrompt(none) else { continue }
      let found = search.images(at: entry.path)
      leftOut += found.leftOut
      if found.images.isEmpty {
        empty.append(name)
      } else if let place = places[key] {
        labels[place].photos += found.images
        names[place].append(name)
      } else {
        if let fault = LabelNameFault(name) {
          unusable.append(.unusable(entry.path.text, fault))
          continue
        }
        places[key] = labels.count
        labels.append((name, found.images))
        names.append([name])
      }
    }
    self.labels = labels
    joined = names.filter { $0.count > 1 }
    self.empty = empty
    self.unusable = unusable
    advice = labels.isEmpty ? ImageFolders(below: folder, for: .learning).advice : nil
    self.leftOut = leftOut
  }

  /// Whether a file is one of the photos, by whatever name.
  package func contains(_ file: FileIdentity) -> Bool {
    labels.contains { ImageList($0.photos).contains(file) }
  }
}

/// A folder is none that photos can be learnt from.
package enum PhotoFoldersError: Error, Equatable, CustomStringConvertible {
  /// The folder cannot be listed.
  case unreadable(String, SystemError)
  /// A label's folder has a name that no label can have.
  case unusable(String, LabelNameFault)

  /// One line for a person.
  package var description: String {
    switch self {
    case .unreadable(let folder, let error): "\(folder): \(error)"
    case .unusable(let folder, let fault): "\(folder.debugDescription): \(fault)"
    }
  }
}
