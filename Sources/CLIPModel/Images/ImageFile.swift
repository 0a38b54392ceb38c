import Basics
public import Imaging

/// Files of images.
///
/// Images of more pixels than `limit` are refused.
public enum ImageFile {
  /// Decodes one image.
  ///
  /// - Throws: ``ImageFileError`` with the path and the reason.
  public static func decode(
    _ path: String, limit: Int = ImageDecoder.usualPixelLimit
  ) throws(ImageFileError) -> Image {
    try read(path, limit) { (decoder, bytes) throws(ImageError) in
      var image = Image(width: 1, height: 1)
      _ = try decoder.decode(bytes, into: &image)
      return image
    }
  }

  /// The crop of one image, which is not in memory as a whole.
  ///
  /// - Throws: ``ImageFileError`` with the path and the reason.
  public static func crop(
    _ path: String, _ preprocessing: Preprocessing, limit: Int = ImageDecoder.usualPixelLimit
  ) throws(ImageFileError) -> Image {
    try read(path, limit) { (decoder, bytes) throws(ImageError) in
      var cropper = Cropper(preprocessing)
      var crop = Image(width: 1, height: 1)
      _ = try decoder.crop(bytes, with: &cropper, into: &crop)
      return crop
    }
  }

  /// The crop of one image, and the whole, reduced to a short edge if its own is longer.
  ///
  /// - Throws: ``ImageFileError`` with the path and the reason.
  public static func reduce(
    _ path: String, _ preprocessing: Preprocessing, shortEdge: Int,
    limit: Int = ImageDecoder.usualPixelLimit
  ) throws(ImageFileError) -> (whole: Image, crop: Image) {
    try read(path, limit) { (decoder, bytes) throws(ImageError) in
      try decoder.reduce(bytes, preprocessing, shortEdge: shortEdge)
    }
  }

  /// Finds out whether an image can be decoded.
  ///
  /// - Throws: ``ImageFileError`` with the path and the reason.
  public static func check(
    _ path: String, limit: Int = ImageDecoder.usualPixelLimit
  ) throws(ImageFileError) {
    try read(path, limit) { (decoder, bytes) throws(ImageError) in try decoder.check(bytes) }
  }

  private static func read<Result>(
    _ path: String, _ limit: Int, _ body: (inout ImageDecoder, RawSpan) throws(ImageError) -> Result
  ) throws(ImageFileError) -> Result {
    let bytes: [UInt8]
    do {
      bytes = try FileBytes.read(PathName(path))
    } catch {
      throw ImageFileError(path: path, why: "\(error)")
    }
    var decoder = ImageDecoder()
    decoder.pixelLimit = limit
    do {
      return try body(&decoder, RawSpan(_elements: bytes.span))
    } catch {
      throw ImageFileError(path: path, why: "\(error)", cause: error)
    }
  }
}

/// An image file that cannot be used.
public struct ImageFileError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// Why not.
  public var why: String
  /// The decoder's reason; nil where the file could not be read at all.
  public var cause: ImageError?

  /// The file and the reason.
  public var description: String { "\(path): \(why)" }
}
