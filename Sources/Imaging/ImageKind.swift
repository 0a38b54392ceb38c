/// What a file is by its first bytes; names and extensions are not looked at.
enum ImageKind: Equatable {
  case jpeg
  case png
  /// Known by name only; `isImage` unless it is a film, a document or the like.
  case other(String, isImage: Bool)

  private static let signatures: [(kind: ImageKind, offset: Int, bytes: [UInt8])] = [
    (.jpeg, 0, [0xFF, 0xD8, 0xFF]),
    (.png, 0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    (.other("WebP", isImage: true), 8, [UInt8]("WEBP".utf8)),
    (.other("GIF", isImage: true), 0, [UInt8]("GIF8".utf8)),
    (.other("TIFF", isImage: true), 0, [0x49, 0x49, 0x2A, 0x00]),
    (.other("TIFF", isImage: true), 0, [0x4D, 0x4D, 0x00, 0x2A]),
    (.other("HEIC", isImage: true), 4, [UInt8]("ftyphei".utf8)),
    (.other("HEIC", isImage: true), 4, [UInt8]("ftyphev".utf8)),
    (.other("HEIC", isImage: true), 4, [UInt8]("ftypmif1".utf8)),
    (.other("AVIF", isImage: true), 4, [UInt8]("ftypavi".utf8)),
    (.other("MP4 or similar", isImage: false), 4, [UInt8]("ftyp".utf8)),
    (.other("JPEG 2000", isImage: true), 0, [0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20]),
    (.other("JPEG XL", isImage: true), 0, [0x00, 0x00, 0x00, 0x0C, 0x4A, 0x58, 0x4C, 0x20]),
    (.other("JPEG XL", isImage: true), 0, [0xFF, 0x0A]),
    (.other("Photoshop", isImage: true), 0, [UInt8]("8BPS".utf8)),
    (.other("PDF", isImage: false), 0, [UInt8]("%PDF-".utf8)),
    (.other("SVG", isImage: true), 0, [UInt8]("<svg".utf8)),
    (.other("XML or SVG", isImage: false), 0, [UInt8]("<?xml".utf8)),
    (.other("BMP", isImage: true), 0, [UInt8]("BM".utf8)),
  ]

  init?(_ bytes: RawSpan) {
    for (kind, offset, signature) in Self.signatures
    where bytes.starts(with: signature, at: offset) {
      self = kind
      return
    }
    return nil
  }
}
