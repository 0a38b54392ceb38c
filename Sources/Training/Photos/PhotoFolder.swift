import Basics
import CLIPModel
import FloatMath
import FoundationEssentials
import Imaging
import Tokenization

/// A person's photos, in one folder a label that is named after it.
public struct PhotoFolder: Sendable {
  /// A label and its photos.
  public struct Label: Sendable, Equatable {
    /// The folder's name, '_' replaced by a space.
    public var name: String
    /// The photos, in the order of their names.
    public var paths: [String]
    /// Photos that a published split keeps for validation; empty otherwise.
    public var validation: [String]

    /// A label and its photos.
    package init(name: String, paths: [String], validation: [String] = []) {
      self.name = name
      self.paths = paths
      self.validation = validation
    }
  }

  /// The labels that have photos, in the order of their names.
  public var labels: [Label]
  /// Photos of nothing in particular, which are of none of the labels.
  public var others: [String] = []
  /// The name of the folder of such photos, where none is given.
  public static let none = ReservedName.none
  /// What was odd, and what was done about it.
  public var problems: [PhotoProblem]

  package init(labels: [Label], problems: [PhotoProblem]) {
    self.labels = labels
    self.problems = problems
  }

  /// Lists the photos of a folder; reads contents only where two files have the same size.
  ///
  /// Hidden files and files that are no images by name are passed over, those whose names do not tell are said. Labels that differ in '_', spaces or case
  /// only are one label, since a prompt makes them the same.
  ///
  /// - Parameters:
  ///   - folder: holds one folder a label.
  ///   - none: the name of the folder of photos that are of none of the labels, if there is one.
  ///   - lookingIntoAll: take files that are images by their contents, not by their names alone.
  /// - Throws: `PhotoFolderError` if the folder is missing, fewer than two labels have photos, or one has a name that no label can have.
  public init(
    folder: String, none: String = PhotoFolder.none, lookingIntoAll: Bool = false
  ) throws {
    var found: [PhotoProblem] = []
    var withoutLabel: [String] = []
    var unclear = UnclearFiles()
    var order: [String] = []
    var byKey: [String: (name: String, folders: [String], paths: [String])] = [:]
    for entry in try PhotoFolder.entries(of: folder) {
      guard entry.isFolder else {
        // A model that these photos were taught to may lie beside them.
        if !entry.name.hasSuffix(".mmrl") { withoutLabel.append(entry.path) }
        continue
      }
      let photos = PhotoFolder.photos(
        in: entry.path, lookingIntoAll: lookingIntoAll, &found, &unclear)
      if photos.isEmpty {
        found.append(.noPhotos(folder: entry.path))
        continue
      }
      let label = PhotoFolder.label(entry.name)
      let key = label.lowercased()
      if byKey[key] == nil { order.append(key) }
      byKey[key, default: (label, [], [])].folders.append(entry.path)
      byKey[key]?.paths += photos
    }
    if !unclear.paths.isEmpty { found.append(.unclear(unclear)) }
    if !withoutLabel.isEmpty { found.append(.withoutLabel(paths: withoutLabel)) }
    var kept: [Label] = []
    for key in order {
      guard let label = byKey[key] else { continue }
      if label.folders.count > 1 {
        found.append(.sameLabel(label: label.name, folders: label.folders))
      }
      kept.append(Label(name: label.name, paths: label.paths))
    }
    let nothing = PhotoFolder.label(none).lowercased()
    labels = PhotoFolder.withoutCopies(kept, &found)
    if let index = labels.firstIndex(where: { $0.name.lowercased() == nothing }) {
      others = labels.remove(at: index).paths
    }
    for label in labels {
      guard let fault = LabelNameFault(label.name) else { continue }
      let folders = byKey[label.name.lowercased()]?.folders
      throw PhotoFolderError.unusable(folder: folders?.first ?? folder, why: "\(fault)")
    }
    for label in labels where label.paths.count == 1 {
      found.append(.singlePhoto(label: label.name))
    }
    let names = labels.map(\.name)
    if ImageFolders.areParts(names) { found.append(.partsOfDataSet(labels: names)) }
    problems = found
    if labels.count < 2 {
      let advice = ImageFolders(below: PathName(folder), for: .learning).advice
      throw PhotoFolderError.tooFewLabels(
        folder: folder, labels: names, advice: advice,
        problems: advice == nil ? found : found.filter { !$0.isOfLayout })
    }
  }

  /// The label of a folder's name.
  private static func label(_ name: String) -> String {
    words(ofLabel: name).split(separator: " ").joined(separator: " ")
  }

  private static func entries(
    of folder: String
  ) throws -> [(name: String, path: String, isFolder: Bool)] {
    do {
      return try Folder.named(in: folder)
    } catch {
      guard FileManager.default.fileExists(atPath: folder) else {
        throw PhotoFolderError.missing(folder)
      }
      throw PhotoFolderError.unreadable(folder, why: "\(error)")
    }
  }

  private static func photos(
    in folder: String, lookingIntoAll: Bool, _ problems: inout [PhotoProblem],
    _ unclear: inout UnclearFiles
  ) -> [String] {
    let entries: [(name: String, path: String, isFolder: Bool)]
    do {
      entries = try Folder.named(in: folder)
    } catch {
      problems.append(.unreadable(path: folder, why: "\(error)"))
      return []
    }
    var photos: [String] = []
    for entry in entries {
      if entry.isFolder {
        problems.append(.nestedFolder(path: entry.path))
        continue
      }
      let kind = ImageFileKind.find(
        PathName(entry.path), lookingIntoAll: lookingIntoAll, unclear: &unclear)
      switch kind {
      case .decodable: photos.append(entry.path)
      case .undecodable:
        problems.append(.unreadable(path: entry.path, why: "convert it to JPEG or PNG"))
      case nil: break
      }
    }
    return photos
  }

  /// Drops photos whose contents occur under another label, and all but one of those that occur twice under one.
  private static func withoutCopies(_ labels: [Label], _ problems: inout [PhotoProblem]) -> [Label]
  {
    var ofSize: [Int: [Photo]] = [:]
    for (index, label) in labels.enumerated() {
      for path in label.paths {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let size = attributes?[.size] as? Int ?? 0
        ofSize[size, default: []].append(Photo(path: path, label: index))
      }
    }
    var dropped: Set<String> = []
    // Of each label, the others that have photos of its.
    var sharers: [Int: Set<Int>] = [:]
    for (_, photos) in ofSize.sorted(by: { $0.key < $1.key }) where photos.count > 1 {
      var groups: [[UInt8]: [Photo]] = [:]
      for photo in photos {
        guard let bytes = try? FileBytes.read(PathName(photo.path)) else { continue }
        groups[bytes, default: []].append(photo)
      }
      for copies in groups.values.filter({ $0.count > 1 }).sorted(by: { $0[0].path < $1[0].path }) {
        let paths = copies.map(\.path)
        let owners = Set(copies.map(\.label))
        if owners.count > 1 {
          for owner in owners { sharers[owner, default: []].formUnion(owners.subtracting([owner])) }
          problems.append(.underSeveralLabels(paths: paths))
          dropped.formUnion(paths)
        } else {
          problems.append(.repeated(paths: paths))
          dropped.formUnion(paths.dropFirst())
        }
      }
    }
    var kept: [Label] = []
    for (index, label) in labels.enumerated() {
      let paths = label.paths.filter { !dropped.contains($0) }
      if paths.isEmpty {
        let others = (sharers[index] ?? []).sorted().map { labels[$0].name }
        problems.append(
          .onlyCopies(label: label.name, photos: label.paths.count, others: others))
      } else {
        kept.append(Label(name: label.name, paths: paths))
      }
    }
    return kept
  }

  /// Draws the photos to learn from; names the ones that cannot be read, and how many are not used.
  ///
  /// - Parameters:
  ///   - shots: At most so many photos of a label to learn from.
  ///   - seed: Of the draw.
  ///   - isReadable: Nil, or why a photo cannot be decoded; asked for the photos that are drawn.
  /// - Returns: `train` to learn from; `validation` is what a published split keeps for that, at most 20 of a label; `test`
  ///   is empty.
  /// - Throws: `PhotoFolderError` if fewer than two labels are left.
  public mutating func draw(
    shots: Int, seed: Int, isReadable: (String) -> String?
  ) throws -> PhotoSet {
    var random = PythonRandom(seed: seed)
    var names: [String] = []
    var train: [Photo] = []
    var validation: [Photo] = []
    for label in labels {
      var unreadable = 0
      func draw(_ paths: [String], _ count: Int) -> [String] {
        var good: [String] = []
        for path in random.sample(paths, paths.count) where good.count < count {
          if let why = isReadable(path) {
            problems.append(.unreadable(path: path, why: why))
            unreadable += 1
          } else {
            good.append(path)
          }
        }
        return good
      }
      let good = draw(label.paths, shots)
      if good.isEmpty {
        problems.append(.noPhotos(folder: label.name))
        continue
      }
      if good.count == 1 && label.paths.count > 1 {
        problems.append(.singlePhoto(label: label.name))
      }
      let unused = label.paths.count - unreadable - good.count
      if unused > 0 {
        problems.append(.unused(label: label.name, photos: unused, total: label.paths.count))
      }
      train += good.map { Photo(path: $0, label: names.count) }
      validation += draw(label.validation, 20).map { Photo(path: $0, label: names.count) }
      names.append(label.name)
    }
    if names.count < 2 {
      throw PhotoFolderError.tooFewLabels(
        folder: "the photos that can be read", labels: names, problems: problems)
    }
    return PhotoSet(labels: names, train: train, validation: validation, test: [])
  }
}
