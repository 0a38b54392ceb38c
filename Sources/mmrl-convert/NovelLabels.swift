import CLIPModel
import FoundationEssentials
import Protocols
import Training

/// Labels that a model scores without having been trained on them, and photos of them to measure by.
struct NovelLabels {
  let labels: [String]
  /// Empty when the labels come from a text file.
  let photos: [Photo]

  /// Reads a text file of labels or a folder with one folder of photos a label.
  init(_ path: String, known: [String]) throws {
    var isFolder = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
      let folder = try PhotoFolder(folder: path)
      for problem in folder.problems { Message.say("\(problem)") }
      labels = folder.labels.map(\.name)
      photos = folder.labels.enumerated().flatMap { index, label in
        label.paths.compactMap { path in
          do {
            _ = try ImageFile.decode(path)
            return Photo(path: path, label: index)
          } catch {
            Message.say("\(error)")
            return nil
          }
        }
      }
    } else {
      labels = try LabelFile.read(path)
      photos = []
    }
    let lowered = Set(known.map { words(ofLabel: $0).lowercased() })
    if let both = labels.first(where: { lowered.contains(words(ofLabel: $0).lowercased()) }) {
      throw ConvertError("\(path): \"\(both)\" is among the labels trained on (remove it there)")
    }
  }
}
