package import Basics

/// One image to classify, or a folder that could not be listed.
package enum ImageEntry: Sendable, Equatable {
  /// A file that should be an image.
  case image(PathName)
  /// A place that could not be read, and why.
  case failure(PathName, SystemError)

  /// The file or the place.
  var path: PathName {
    switch self {
    case .image(let path), .failure(let path, _): path
    }
  }
}
