import Basics
import CLIPModel
import Tokenization
import Training

/// Labels that a model scores without having been trained on them, and photos of them to measure by.
struct NovelLabels {
  let labels: [String]
  /// Empty when the labels come from a text file.
  let photos: [Photo]
  /// How many photos could not be read.
  let unreadable: Int

  /// Reads a text file of labels or a folder with one folder of photos a label.
  ///
  /// - Throws: when it cannot be read, or a label is among those trained on.
  init(_ path: String, _ access: ImageAccess, known: [String]) throws {
    if Folder.isFolder(PathName(path)) {
      let folder = try Self.folder(path, access)
      labels = folder.labels.map(\.name)
      photos = folder.labels.enumerated().flatMap { index, label in
        label.paths.filter { Self.isReadable($0, access) }.map { Photo(path: $0, label: index) }
      }
      let listed = folder.labels.reduce(0) { $0 + $1.paths.count }
      unreadable = folder.problems.count(where: \.isUnreadable) + listed - photos.count
    } else {
      labels = try LabelFile.read(path)
      photos = []
      unreadable = 0
    }
    let taken = Set(known.map(nameInPrompt))
    if let both = labels.first(where: { taken.contains(nameInPrompt($0)) }) {
      throw ConvertError("\(path): \"\(both)\" is among the labels trained on (remove it there)")
    }
  }

  /// Lists a folder of photos, and says what was odd about them.
  private static func folder(_ path: String, _ access: ImageAccess) throws -> PhotoFolder {
    do {
      let folder = try PhotoFolder(folder: path, lookingIntoAll: access.looksIntoAll)
      for problem in folder.problems { Message.say(TrainingRun.text(problem)) }
      return folder
    } catch let error as PhotoFolderError {
      for problem in error.problems { Message.say(TrainingRun.text(problem)) }
      throw error
    }
  }

  /// Whether a photo can be decoded; what cannot is named on stderr.
  static func isReadable(_ path: String, _ access: ImageAccess) -> Bool {
    do throws(ImageFileError) {
      try ImageFile.check(path, limit: access.pixelLimit)
      return true
    } catch {
      Message.say("\(error.path): \(error.whyWithRemedy)")
      return false
    }
  }
}
