import CLIPModel
import Imaging

/// Which files of folders are taken for images, and how large they may be.
package struct ImageAccess: Sendable {
  /// Whether files that are no images by their names are looked into.
  package var looksIntoAll = false
  /// Images of more pixels are refused.
  package var pixelLimit = ImageDecoder.usualPixelLimit

  /// Those that are images by their names, as large as usual.
  package init() {}

  init(looksIntoAll: Bool, pixelLimit: Int) {
    self.looksIntoAll = looksIntoAll
    self.pixelLimit = pixelLimit
  }
}

extension UnclearFiles {
  /// One line, with the option that helps.
  var text: String { "\(self); --all-files looks into them" }
}

extension ImageFileError {
  /// Why not, with the option that helps.
  var whyWithRemedy: String {
    guard case .tooLarge = cause else { return why }
    return "\(why) (--max-megapixels raises it)"
  }
}
