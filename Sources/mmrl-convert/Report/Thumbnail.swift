import FoundationEssentials
package import Imaging

/// A small copy of a photo for a page that fetches nothing.
package enum Thumbnail {
  /// Sides of a thumbnail are at most this long.
  private static let side = 112

  /// A JPEG as the URI of an `img`.
  ///
  /// - Throws: when there is no memory for it.
  package static func dataURI(of image: Image) throws(ImageError) -> String {
    let bytes = try JPEGEncoder().encode(reduced(image), quality: 80)
    return "data:image/jpeg;base64," + Data(bytes).base64EncodedString()
  }

  private static func reduced(_ image: Image) -> Image {
    let longest = max(image.width, image.height)
    guard longest > side else { return image }
    let width = max(1, image.width * side / longest)
    let height = max(1, image.height * side / longest)
    var resampler = Resampler()
    var result = Image(width: width, height: height)
    resampler.resample(
      image, box: PixelBox(top: 0, left: 0, height: image.height, width: image.width),
      height: height, width: width,
      window: PixelBox(top: 0, left: 0, height: height, width: width), into: &result)
    return result
  }
}
