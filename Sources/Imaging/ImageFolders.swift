public import Basics

/// Where images lie below a folder that was to have one folder of them a label, and was something else.
public struct ImageFolders: Sendable {
  /// What the images are wanted for: data sets keep others for each.
  public enum Purpose: Sendable {
    /// To learn labels from.
    case learning
    /// To see how a model does.
    case testing

    /// What users call an image there.
    fileprivate var image: String { self == .learning ? "photo" : "image" }

    fileprivate var names: Set<String> {
      switch self {
      case .learning: ["train", "training"]
      case .testing: ["test", "testing"]
      }
    }
  }

  /// The folder, as it was given.
  private let folder: PathName
  private let purpose: Purpose
  /// Folders with images directly in them, and how many.
  private var found: [(path: PathName, images: Int)] = []
  /// Images of kinds that are not decoded.
  private var undecodable = 0
  /// Folders left to look into: this is for a message, and somebody waits for it.
  private var left = 2000

  /// How deep photos are looked for: a data set, its parts, labels, parts of labels.
  private static let depth = 4
  /// Names of what lies beside those parts of data sets.
  private static let otherParts: Set<String> = ["val", "valid", "validation", "dev", "eval"]

  /// Looks into a folder and those below it.
  public init(below folder: PathName, for purpose: Purpose) {
    self.folder = folder
    self.purpose = purpose
    look(into: folder, depth: 0)
  }

  private mutating func look(into folder: PathName, depth: Int) {
    left -= 1
    guard left > 0, depth <= Self.depth, let entries = try? Folder.entries(of: folder) else {
      return
    }
    var images = 0
    for entry in entries where entry.kind == .file {
      switch ImageFileKind(entry.path) {
      case .decodable: images += 1
      case .undecodable: undecodable += 1
      case nil: break
      }
    }
    if images > 0 { found.append((folder, images)) }
    for entry in entries.sorted(by: { $0.path < $1.path }) where Self.mayHoldPhotos(entry) {
      look(into: entry.path, depth: depth + 1)
    }
  }

  /// What systems leave in folders holds no photos of anybody's.
  private static func mayHoldPhotos(_ entry: Folder.Entry) -> Bool {
    let isFolder = entry.kind == .folder || entry.kind == .linkToFolder
    return isFolder && !["@eaDir", "__MACOSX", "lost+found"].contains(entry.path.name)
  }

  /// Whether names are those of the parts of a data set, which somebody took for labels.
  public static func areParts(_ names: [String]) -> Bool {
    let names = Set(names.map { $0.lowercased() })
    let parts = otherParts.union(Purpose.learning.names).union(Purpose.testing.names)
    return names.count > 1 && names.isSubset(of: parts)
  }

  /// What was found and what to do, to stand behind what was missing; nil where the layout is as it should be.
  public var advice: String? {
    guard !found.isEmpty else {
      return undecodable > 0
        ? "there are \(undecodable) \(purpose.image)s in it of kinds that are not read: convert them to JPEG or PNG"
        : "there are no JPEG or PNG files in it"
    }
    let below = found.filter { $0.path != folder }
    guard !below.isEmpty else {
      let count = found[0].images
      let photos = count == 1 ? "only \(purpose.image) lies" : "\(count) \(purpose.image)s lie"
      return
        "its \(photos) directly in it: put them into one folder for each label, named after it"
    }
    if let (path, labels) = sets(below) {
      return "\(path.text) has one folder a label (\(labels)): name that"
    }
    let deep = below.filter { parent(of: $0.path) != folder }
    guard let first = deep.first else { return nil }
    let others = deep.dropFirst().first.map { " and \($0.path.text)" } ?? ""
    let isNext = deep.allSatisfy { parent(of: parent(of: $0.path)) == folder }
    return
      "\(purpose.image)s lie \(isNext ? "one level" : "some levels") deeper, in \(first.path.text)\(others): they have to lie directly in the folder of their "
      + "label, \(folder.appending(Array("LABEL".utf8)).text)/photo.jpg"
  }

  /// The one folder below this one that has a folder of images for each of several labels, or the one of them whose name says
  /// that it is wanted.
  private func sets(_ found: [(path: PathName, images: Int)]) -> (path: PathName, labels: String)? {
    var byParent: [(path: PathName, labels: [String])] = []
    for (path, _) in found {
      let parent = parent(of: path)
      guard parent != folder else { continue }
      if let index = byParent.firstIndex(where: { $0.path == parent }) {
        byParent[index].labels.append(path.name)
      } else {
        byParent.append((parent, [path.name]))
      }
    }
    let sets = byParent.filter { $0.labels.count > 1 }
    let wanted = sets.filter { purpose.names.contains($0.path.name.lowercased()) }
    let candidates = wanted.count == 1 ? wanted : byParent.count == 1 ? sets : []
    guard let set = candidates.first else { return nil }
    let more = set.labels.count - 3
    let labels =
      set.labels.prefix(3).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    return (set.path, labels)
  }

  private func parent(of path: PathName) -> PathName {
    guard let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) else { return folder }
    let parent = PathName(Array(path.bytes[..<slash]))
    // The folder itself may have been given with a slash behind it.
    return parent.bytes.count < folder.bytes.count ? folder : parent
  }
}
