/// Why a file gave no image.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The file has no bytes.
  case empty
  /// A known kind of file that is not read; `kind` is its name, "WebP".
  case unsupportedKind(String)
  /// The first bytes are those of no image we know.
  case unrecognised
  /// A JPEG or PNG of a variant that its library does not read.
  case unsupportedVariant(kind: String, detail: String)
  /// More pixels than the decoder was told to accept.
  case tooLarge(width: Int, height: Int, limit: Int)
  /// The file ends before its image does.
  case truncated(kind: String)
  /// The library that decodes `kind` gave up, with its message.
  case corrupt(kind: String, detail: String)
  /// There was no memory for an image of this kind.
  case outOfMemory(kind: String)

  /// One line for a person: what is wrong, and what to do where that is known.
  public var description: String {
    switch self {
    case .empty: "the file is empty"
    case .unsupportedKind(let kind):
      "unsupported: it is a \(kind) file, only JPEG and PNG are read (convert it first)"
    case .unrecognised: "not an image: neither JPEG nor PNG"
    case .unsupportedVariant(let kind, let detail): "unsupported \(kind): \(detail)"
    case .tooLarge(let width, let height, let limit):
      "too large: \(width) x \(height) pixels, \(Self.megapixels(width * height)) megapixels where "
        + "the limit is \(Self.megapixels(limit))"
    case .truncated(let kind): "truncated: the \(kind) file ends before its image does"
    case .corrupt(let kind, let detail): "corrupt \(kind): \(detail)"
    case .outOfMemory(let kind): "not enough memory to decode this \(kind)"
    }
  }

  /// Rounded up, so that what is too large never looks as if it were not.
  private static func megapixels(_ pixels: Int) -> Int { (pixels + 999_999) / 1_000_000 }
}
