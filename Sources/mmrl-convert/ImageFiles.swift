import Basics
import CLIPModel
import FloatMath
import Glibc
package import Imaging

/// Images named on the command line, as crops for a tower.
package struct ImageFiles {
  /// In the order of the arguments; those of a folder in the order of their paths below it, as text.
  package private(set) var paths: [String] = []
  /// Files in the folders that are images of a kind that is not read.
  package private(set) var undecodable: [String] = []
  /// Files in the folders that may be images.
  package private(set) var unclear = UnclearFiles()
  private let access: ImageAccess

  /// Finds the JPEG and PNG files in folders, and in the folders within; takes named files as they are.
  ///
  /// - Throws: when there is no such file or folder, or no image in a folder.
  package init(
    _ arguments: [String], _ access: ImageAccess = ImageAccess()
  ) throws(ConvertError) {
    self.access = access
    for argument in arguments {
      guard Folder.isFolder(PathName(argument)) else {
        guard unsafe Glibc.access(argument, F_OK) == 0 else {
          throw ConvertError("\(argument): no such file or folder")
        }
        paths.append(argument)
        continue
      }
      var found: [String] = []
      find(in: PathName(argument), into: &found)
      guard !found.isEmpty else {
        let words = ["\(argument): no JPEG or PNG files in it"] + leftOut
        throw ConvertError(words.joined(separator: "; "))
      }
      paths += found.sorted()
    }
  }

  /// A folder that cannot be listed is named on stderr and left out.
  private mutating func find(in folder: PathName, into found: inout [String]) {
    let entries: [Folder.Entry]
    do throws(SystemError) {
      entries = try Folder.entries(of: folder)
    } catch {
      Message.say("\(folder.text): left out: \(error)")
      return
    }
    for entry in entries {
      switch entry.kind {
      case .folder: find(in: entry.path, into: &found)
      // Reading a link to nothing fails, and says so.
      case .file, .danglingLink:
        let kind = ImageFileKind.find(
          entry.path, lookingIntoAll: access.looksIntoAll, unclear: &unclear)
        switch kind {
        case .decodable: found.append(entry.path.text)
        case .undecodable: undecodable.append(entry.path.text)
        case nil: break
        }
      case .linkToFolder, .special: break
      }
    }
  }

  /// Says how many images of other kinds there were in the folders, and which files may be images.
  package func sayWhatIsLeftOut() {
    for line in leftOut { Message.say(line) }
  }

  private var leftOut: [String] {
    var lines: [String] = []
    if !unclear.paths.isEmpty { lines.append(unclear.text) }
    if let first = undecodable.first {
      let others = undecodable.count > 1 ? " and \(undecodable.count - 1) more" : ""
      lines.append("\(first)\(others): left out (convert to JPEG or PNG)")
    }
    return lines
  }

  /// At most so many, evenly spaced, so that all folders have their share.
  mutating func thin(to count: Int) {
    guard paths.count > count else { return }
    paths = (0..<count).map { paths[$0 * paths.count / count] }
  }

  /// An image that could be read.
  struct Crop: Sendable {
    var path: String
    var image: Image
  }

  /// The crops of all images, some at a time, since thousands of them would not fit.
  ///
  /// - Throws: what `body` throws; when none of the images can be read.
  func forEachBatch(
    _ preprocessing: Preprocessing, workers: Workers, _ body: ([Crop]) throws -> Void
  ) throws {
    var isReadable = false
    for start in stride(from: 0, to: paths.count, by: 64) {
      let crops = crops(
        start..<min(start + 64, paths.count), preprocessing, workers: workers)
      guard !crops.isEmpty else { continue }
      isReadable = true
      try body(crops)
    }
    guard isReadable else { throw ConvertError("none of the images can be read") }
  }

  /// The crops of a range of the images; what cannot be read is named on stderr and left out.
  private func crops(
    _ range: Range<Int>, _ preprocessing: Preprocessing, workers: Workers
  ) -> [Crop] {
    let outcomes = workers.map(range.count) { index in
      let path = paths[range.lowerBound + index]
      return Result { () throws(ImageFileError) in
        Crop(path: path, image: try ImageFile.crop(path, preprocessing, limit: access.pixelLimit))
      }
    }
    return outcomes.compactMap { outcome in
      switch outcome {
      case .success(let crop): return crop
      case .failure(let error):
        Message.say("\(error.path): \(error.whyWithRemedy)")
        return nil
      }
    }
  }

  /// All crops, for the few images of a calibration.
  func crops(_ preprocessing: Preprocessing, workers: Workers) -> [Crop] {
    crops(0..<paths.count, preprocessing, workers: workers)
  }
}
