import Basics
import CLIPModel
import FoundationEssentials
import Tokenization
public import Training

extension PhotoFolder {
  /// The photos below a folder: a CoOp-style split if it has one, otherwise one folder a label.
  ///
  /// Of a split, the training part is learnt from and its validation part (if any) measured by; the test part is left alone.
  ///
  /// - Parameters:
  ///   - path: a folder, or a `split_zhou_*.json` itself.
  ///   - none: the name of a folder of photos that are of none of the labels; a split has none.
  ///   - lookingIntoAll: take files that are images by their contents, not by their names alone.
  /// - Throws: `DatasetError` if there is neither.
  public init(
    folderOrSplit path: String, none: String = PhotoFolder.none, lookingIntoAll: Bool = false
  ) throws {
    let files = (try? Folder.named(in: path).map(\.name)) ?? []
    let splits = files.filter { $0.hasPrefix("split_zhou_") && $0.hasSuffix(".json") }
    guard path.hasSuffix(".json") || !splits.isEmpty else {
      self = try PhotoFolder(folder: path, none: none, lookingIntoAll: lookingIntoAll)
      return
    }
    guard splits.count < 2 else {
      throw DatasetError.malformed(
        file: path, "several splits (\(splits.joined(separator: ", "))): name one of them")
    }
    let file = path.hasSuffix(".json") ? path : path + "/" + splits[0]
    let folder =
      path.hasSuffix(".json") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : path
    let set = try PhotoSet.split(file: file, images: folder.isEmpty ? "." : folder)
    guard let first = set.train.first else { throw DatasetError.nothingToTrainOn(file) }
    let root = folder.isEmpty ? "." : folder
    // Paths are relative to the folder of images, which is beside the split under a name of its own.
    let inner = String(first.path.dropFirst(root.count + 1))
    let places = try [""] + Folder.named(in: root).map(\.name)
    guard
      let place = places.first(where: {
        FileManager.default.fileExists(atPath: root + "/" + ($0.isEmpty ? "" : $0 + "/") + inner)
      })
    else {
      throw DatasetError.missing(inner, why: "no folder beside \(file) has this photo of it")
    }
    let prefix = root + "/" + (place.isEmpty ? "" : place + "/")
    var labels = set.labels.map { Label(name: words(ofLabel: $0), paths: []) }
    for photo in set.train {
      labels[photo.label].paths.append(prefix + photo.path.dropFirst(root.count + 1))
    }
    for photo in set.validation {
      labels[photo.label].validation.append(prefix + photo.path.dropFirst(root.count + 1))
    }
    self.init(labels: labels.filter { !$0.paths.isEmpty }, problems: [])
  }
}
