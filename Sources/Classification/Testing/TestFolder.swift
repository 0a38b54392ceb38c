package import Basics
package import Imaging
internal import Tokenization

/// Images to test a model with: a folder that has one folder of images a label, named after it.
package struct TestFolder: Sendable {
  /// The images, label by label.
  package let images: ImageList
  /// What each image shows, in their order; nil for none of the labels.
  package let truths: [ModelLabel?]
  /// Names of folders that are those of no label, and were left out.
  package let ignored: [String]
  /// Names of folders without images.
  package let empty: [String]
  /// How many images lie beside the folders, where nothing says what they show.
  package let imagesWithoutLabel: Int
  /// Files in the folders that may be images.
  package let leftOut: UnclearFiles

  /// Lists the images.
  ///
  /// - Parameters:
  ///   - folder: the folder of folders.
  ///   - labels: those of the model.
  ///   - none: the name of the folder of images of none of them.
  ///   - ignoringOthers: leave out folders named otherwise.
  ///   - lookingIntoAll: take files that are images by their contents, not by their names alone.
  /// - Throws: when the folder cannot be listed, has no images, or has folders that are named after no label.
  package init(
    _ folder: PathName, labels: [ModelLabel], none: String, ignoringOthers: Bool,
    lookingIntoAll: Bool = false
  ) throws(TestFolderError) {
    let entries: [Folder.Entry]
    do { entries = try Folder.entries(of: folder) } catch {
      throw .unreadable(folder.text, error)
    }
    // A label that is known and novel is known.
    let byKey = Dictionary(
      labels.map { (nameInPrompt($0.name), $0) }, uniquingKeysWith: { a, _ in a })
    var images: [ImageEntry] = []
    var truths: [ModelLabel?] = []
    var (others, empty): ([PathName], [String]) = ([], [])
    var imagesWithoutLabel = 0
    var leftOut = UnclearFiles()
    let search = ImageSearch(looksIntoAll: lookingIntoAll)
    for entry in entries.sorted(by: { $0.path < $1.path }) {
      guard Folder.isFolder(entry.path) else {
        imagesWithoutLabel += ImageFileKind(entry.path) == nil ? 0 : 1
        continue
      }
      let key = nameInPrompt(entry.path.name)
      let truth = byKey[key]
      let isNone = key == nameInPrompt(none)
      guard isNone || truth != nil else {
        others.append(entry.path)
        continue
      }
      let found = search.images(at: entry.path)
      leftOut += found.leftOut
      if found.images.isEmpty { empty.append(entry.path.name) }
      images += found.images
      truths += found.images.map { _ in isNone ? nil : truth }
    }
    guard others.isEmpty || ignoringOthers else {
      // The parts of a data set, or folders around those of the labels: then it is these that are named wrongly.
      let advice = images.isEmpty ? ImageFolders(below: folder, for: .testing).advice : nil
      throw .noLabels(
        folder.text,
        others.map { other in
          TestFolderError.Other(
            other.name, nearest: nearestName(to: other.name, of: labels.map(\.name)))
        },
        advice: advice)
    }
    guard !images.isEmpty else {
      throw .noImages(folder.text, advice: ImageFolders(below: folder, for: .testing).advice)
    }
    self.images = ImageList(images)
    self.truths = truths
    ignored = others.map(\.name)
    self.empty = empty
    self.imagesWithoutLabel = imagesWithoutLabel
    self.leftOut = leftOut
  }
}

/// A folder is no set of images to test with.
package enum TestFolderError: Error, Equatable, CustomStringConvertible {
  /// The folder cannot be listed.
  case unreadable(String, SystemError)
  /// No folder in it has images.
  case noImages(String, advice: String? = nil)
  /// It has folders that are named after no label of the model.
  case noLabels(String, [Other], advice: String? = nil)

  /// A folder named after no label, and the label that may be meant.
  package struct Other: Sendable, Equatable {
    /// The folder's name.
    package var name: String
    /// The label of the most similar name; nil where none is similar.
    package var nearest: String?

    init(_ name: String, nearest: String?) {
      self.name = name
      self.nearest = nearest
    }
  }

  private static let mostNamed = 8

  /// One line for a person.
  package var description: String {
    switch self {
    case .unreadable(let folder, let error): "\(folder): \(error)"
    case .noImages(let folder, let advice):
      "\(folder): no folder in it has images (\(advice ?? "one folder a label is needed"))"
    case .noLabels(let folder, let others, let advice):
      "\(folder): \(Self.text(of: others))\(advice.map { ": \($0)" } ?? "")"
    }
  }

  private static func text(of others: [Other]) -> String {
    let names = others.prefix(mostNamed).map { other in
      other.name + (other.nearest.map { " (\($0)?)" } ?? "")
    }
    let more = others.count - names.count
    let list = names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    return "not named after a label of the model: \(list)"
  }
}
