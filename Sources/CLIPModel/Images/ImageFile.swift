import Basics
public import Imaging

/// Files of images.
public enum ImageFile {
  /// Decodes one image.
  ///
  /// - Throws: ``ImageFileError`` with the path and the reason.
  public static func decode(_ path: String) throws(ImageFileError) -> Image {
    let bytes: [UInt8]
    do {
      bytes = try FileBytes.read(PathName(path))
    } catch {
      throw ImageFileError(path: path, why: "\(error)")
    }
    var decoder = ImageDecoder()
    do {
      return try decoder.decode(bytes).image
    } catch {
      throw ImageFileError(path: path, why: "\(error)")
    }
  }
}

/// An image file that cannot be used.
public struct ImageFileError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// Why not.
  public var why: String

  /// The file and the reason.
  public var description: String { "\(path): \(why)" }
}
