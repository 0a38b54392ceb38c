package import Basics

/// One image to classify, or a place where images cannot be found.
package enum ImageEntry: Sendable, Equatable {
  /// A file that should be an image.
  case image(PathName)
  /// A member of an archive that should be an image: its path there, and where its bytes are in the archive's file.
  case member(of: PathName, path: [UInt8], offset: Int, count: Int)
  /// What could not be read, and why.
  case failure(PathName, String)

  /// The file, or the place; of a member the archive's with its own behind it.
  package var path: PathName {
    switch self {
    case .image(let path), .failure(let path, _): path
    case .member(let archive, let path, _, _): archive.appending(path)
    }
  }
}
