import CLIPModel
import FloatMath
import FoundationEssentials
import Imaging

/// Pictures named on the command line, as crops for a tower.
struct PictureFiles {
  /// In the order of the arguments; those of a folder in the order of their names.
  private(set) var paths: [String] = []

  private static let extensions: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]

  /// Finds the JPEG and PNG files in folders, and in the folders within; takes named files as they are.
  init(_ arguments: [String]) throws {
    for argument in arguments {
      var isFolder = false
      guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) else {
        throw ConvertError("\(argument): no such file or folder")
      }
      guard isFolder else {
        paths.append(argument)
        continue
      }
      let found = try FileManager.default.subpathsOfDirectory(atPath: argument).filter { path in
        !path.split(separator: "/").contains { $0.hasPrefix(".") }
          && Self.extensions.contains(path.split(separator: ".").last?.lowercased() ?? "")
      }
      guard !found.isEmpty else { throw ConvertError("\(argument): no JPEG or PNG files in it") }
      let folder = argument.hasSuffix("/") ? argument : argument + "/"
      paths += found.sorted().map { folder + $0 }
    }
  }

  /// At most so many, evenly spaced, so that all folders have their share.
  mutating func thin(to count: Int) {
    guard paths.count > count else { return }
    paths = (0..<count).map { paths[$0 * paths.count / count] }
  }

  /// A picture that could be read.
  struct Crop: Sendable {
    var path: String
    var image: Image
  }

  /// The crops of all pictures, some at a time, since thousands of them would not fit.
  ///
  /// - Throws: what `body` throws; when none of the pictures can be read.
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
    guard isReadable else { throw ConvertError("none of the pictures can be read") }
  }

  /// The crops of a range of the pictures; what cannot be read is named on stderr and left out.
  private func crops(
    _ range: Range<Int>, _ preprocessing: Preprocessing, workers: Workers
  ) -> [Crop] {
    let outcomes = workers.map(range.count) { index in
      let path = paths[range.lowerBound + index]
      return Result { () throws(ImageFileError) in
        Crop(path: path, image: preprocessing.crop(try ImageFile.decode(path)))
      }
    }
    return outcomes.compactMap { outcome in
      switch outcome {
      case .success(let crop): return crop
      case .failure(let error):
        Message.say("\(error)")
        return nil
      }
    }
  }

  /// All crops, for the few pictures of a calibration.
  func crops(_ preprocessing: Preprocessing, workers: Workers) -> [Crop] {
    crops(0..<paths.count, preprocessing, workers: workers)
  }
}
