public import CLIPModel
public import FloatMath
import Imaging

/// Photos that have been decoded, so that none is decoded twice: to find out whether it can be, and to be learnt from.
public struct ReadPhotos: Sendable {
  /// A photo as a plan keeps it.
  typealias Photo = (whole: Image, crop: Image)

  private let shortEdge: Int?
  private let preprocessing: Preprocessing
  private let limit: Int
  private var results: [String: Result<Photo, ImageFileError>] = [:]

  /// Nothing yet.
  ///
  /// - Parameters:
  ///   - preprocessing: of the tower.
  ///   - shortEdge: photos with a longer short edge are kept at this size, which bounds the memory; nil keeps every pixel, as
  ///     the published code does.
  ///   - limit: photos of more pixels are refused.
  init(preprocessing: Preprocessing, shortEdge: Int?, limit: Int) {
    self.preprocessing = preprocessing
    self.shortEdge = shortEdge
    self.limit = limit
  }

  /// Decodes photos.
  ///
  /// - Parameters:
  ///   - paths: those that have been decoded are not again.
  ///   - workers: threads that share the work.
  ///   - onRead: called as it goes on, with how many have been read and of how many.
  public mutating func read(
    _ paths: [String], workers: Workers, onRead: (Int, Int) -> Void = { _, _ in }
  ) {
    let missing = Set(paths).filter { results[$0] == nil }.sorted()
    let reading = self
    let step = 4 * workers.count
    for start in stride(from: 0, to: missing.count, by: step) {
      onRead(start, missing.count)
      let some = missing[start..<min(start + step, missing.count)]
      let read = workers.map(some.count) { reading.decoded(some[start + $0]) }
      for (path, result) in zip(some, read) { results[path] = result }
    }
    onRead(missing.count, missing.count)
  }

  /// Why a photo cannot be decoded, which is tried, but not kept, if it has not been; nil if it can.
  public func problem(_ path: String) -> ImageFileError? {
    do throws(ImageFileError) {
      if let result = results[path] {
        _ = try result.get()
      } else {
        try ImageFile.check(path, limit: limit)
      }
      return nil
    } catch { return error }
  }

  /// A photo, which is decoded if it has not been.
  func photo(_ path: String) throws(ImageFileError) -> Photo {
    try (results[path] ?? decoded(path)).get()
  }

  private func decoded(_ path: String) -> Result<Photo, ImageFileError> {
    Result { () throws(ImageFileError) in
      guard let shortEdge else {
        let image = try ImageFile.decode(path, limit: limit)
        return (preprocessing.part(of: image), preprocessing.crop(image))
      }
      return try ImageFile.reduce(path, preprocessing, shortEdge: shortEdge, limit: limit)
    }
  }
}
