public import Basics

/// What a file is by its name, for listing folders; what it really is, its bytes tell.
public enum ImageFileKind: Sendable, Equatable {
  /// A kind that this program decodes.
  case decodable
  /// An image of another kind: to be reported rather than passed over in silence.
  case undecodable

  /// The kind of a file by the ending of its name; nil for what is no image by its name.
  public init?(_ path: PathName) {
    guard let dot = path.name.lastIndex(of: "."), dot > path.name.startIndex else { return nil }
    switch path.name[path.name.index(after: dot)...].lowercased() {
    case "jpg", "jpeg", "jpe", "jfif", "png": self = .decodable
    case "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl", "jp2", "ppm", "pgm",
      "dng", "cr2", "nef":
      self = .undecodable
    default: return nil
    }
  }
}
