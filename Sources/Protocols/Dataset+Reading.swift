import Basics
import FoundationEssentials
import CLIPModel
public import Training

extension Dataset {
  /// Reads labels and photo paths from the data set below `root`; opens no photo.
  ///
  /// `root` is the folder of data sets or the data set itself. Folders are read in the order of their names, files of a
  /// folder too: the published code takes those of ImageNet as the file system lists them, so its shots of ImageNet depend
  /// on the machine, and ours do not.
  ///
  /// - Throws: `DatasetError`: not found, or a file that does not say what it should.
  public func read(root: String) throws -> PhotoSet {
    let folder = try locate(below: root)
    switch layout.kind {
    case .split:
      return try PhotoSet.split(
        file: path(folder, layout.split), images: path(folder, layout.images))
    case .folders, .numbered:
      return try readFolders(folder)
    case .lists:
      return try readLists(folder)
    }
  }

  private func locate(below root: String) throws -> String {
    let marker = layout.split ?? layout.names ?? "."
    let places = folders.map { path(root, $0) } + [root]
    let found = places.first { FileManager.default.fileExists(atPath: path($0, marker)) }
    guard let found else {
      throw DatasetError.notFound(title, looked: places.map { path($0, marker) })
    }
    return found
  }

  private func readFolders(_ folder: String) throws -> PhotoSet {
    let names = try Dataset.keyedLines(path(folder, layout.names))
    let nameOfFolder = Dictionary(names, uniquingKeysWith: { $1 })
    let test = path(folder, layout.test)
    let labelFolders =
      layout.kind == .numbered
      ? names.indices.map(String.init)
      : try Dataset.visible(test).filter(\.isFolder).map(\.name)
    let labels = try labelFolders.enumerated().map { index, folder in
      if layout.kind == .numbered { return names[index].1 }
      guard let name = nameOfFolder[folder] else {
        throw DatasetError.malformed(
          file: path(folder, layout.names), "no name for the folder \(folder)")
      }
      return name
    }
    func photos(_ part: String) throws -> [Photo] {
      try labelFolders.enumerated().flatMap { label, name in
        try Dataset.visible(path(part, name)).map { Photo(path: $0.path, label: label) }
      }
    }
    return PhotoSet(
      labels: labels, train: try layout.train.map { try photos(path(folder, $0)) } ?? [],
      test: try photos(test))
  }

  private func readLists(_ folder: String) throws -> PhotoSet {
    let labels = try Dataset.lines(path(folder, layout.names))
    let index = Dictionary(
      labels.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
    func photos(_ list: String?) throws -> [Photo] {
      guard let list else { return [] }
      return try Dataset.keyedLines(path(folder, list)).map { photo, name in
        guard let label = index[name] else {
          throw DatasetError.malformed(
            file: path(folder, list),
            "\(photo) has the label \"\(name)\", which is not in the list of labels")
        }
        return Photo(path: path(path(folder, layout.images), photo + ".jpg"), label: label)
      }
    }
    return PhotoSet(
      labels: labels, train: try photos(layout.train), validation: try photos(layout.validation),
      test: try photos(layout.test))
  }

  private func path(_ folder: String, _ name: String?) -> String {
    guard let name, name != "." else { return folder }
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  private static func visible(
    _ folder: String
  ) throws -> [(name: String, path: String, isFolder: Bool)] {
    guard let entries = try? Folder.named(in: folder) else {
      throw DatasetError.missing(folder, why: "the data set should have this folder")
    }
    return entries.filter { $0.name != "README.txt" }
  }

  private static func lines(_ file: String) throws -> [String] {
    guard let bytes = try? FileBytes.read(PathName(file)) else {
      throw DatasetError.missing(file, why: "the data set should have this file")
    }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map(\.trimmed).filter { !$0.isEmpty }
  }

  /// Lines `<key> <the rest>`.
  private static func keyedLines(_ file: String) throws -> [(String, String)] {
    try lines(file).enumerated().map { number, line in
      guard let space = line.firstIndex(of: " ") else {
        throw DatasetError.malformed(
          file: file, "line \(number + 1) should be a name, a space and a label: \"\(line)\"")
      }
      return (String(line[..<space]), String(line[line.index(after: space)...]))
    }
  }
}

extension PhotoSet {
  private struct Entry: Decodable {
    var path: String
    var label: Int
    var name: String

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      path = try fields.decode(String.self)
      label = try fields.decode(Int.self)
      name = try fields.decode(String.self)
    }
  }

  private struct Split: Decodable {
    var train: [Entry]
    var val: [Entry]
    var test: [Entry]
  }

  /// Reads a CoOp-style `split_zhou_*.json`: `train`, `val` and `test`, lists of `[path, label, name]`.
  ///
  /// - Parameters:
  ///   - file: The split file.
  ///   - images: The folder that its paths are relative to.
  /// - Returns: The labels and photos; no photo is opened.
  /// - Throws: `DatasetError` if it is missing, or labels are not 0, 1, 2 ... with one name each, or a path leaves `images`.
  public static func split(file: String, images: String) throws -> PhotoSet {
    guard let bytes = try? FileBytes.read(PathName(file)) else {
      throw DatasetError.missing(
        file, why: "it says which photos are for training and which for testing")
    }
    let split: Split
    do {
      split = try JSONDecoder().decode(Split.self, from: Data(bytes))
    } catch {
      throw DatasetError.malformed(
        file: file,
        "not a split with \"train\", \"val\" and \"test\" of [path, label, name]: \(DecodingError.reason(error))"
      )
    }
    var names: [Int: String] = [:]
    for entry in [split.train, split.val, split.test].joined() {
      if let name = names[entry.label], name != entry.name {
        throw DatasetError.malformed(
          file: file, "label \(entry.label) is called \"\(name)\" and \"\(entry.name)\"")
      }
      if entry.path.hasPrefix("/") || entry.path.split(separator: "/").contains("..") {
        throw DatasetError.malformed(
          file: file, "the path \(entry.path) leaves the image folder")
      }
      names[entry.label] = entry.name
    }
    let labels = try (0..<names.count).map { label in
      guard let name = names[label] else {
        throw DatasetError.malformed(
          file: file, "\(names.count) labels, but none has the number \(label)")
      }
      return name
    }
    func photos(_ entries: [Entry]) -> [Photo] {
      entries.map { Photo(path: images + "/" + $0.path, label: $0.label) }
    }
    return PhotoSet(
      labels: labels, train: photos(split.train), validation: photos(split.val),
      test: photos(split.test))
  }
}
