/// A decoded image and what its file was found to have wrong with it.
public struct DecodedImage: Sendable, Equatable {
  /// The image, the right way up.
  public var image: Image
  /// Damage that did not keep the image from being decoded, in the library's words.
  public var warnings: [String]
}

/// Decodes JPEG and PNG files, told apart by their content, to RGB.
///
/// Keeps its buffers between images: use one decoder for many, and one for each thread.
///
/// - JPEG: every subsampling, grey, CMYK and YCCK, baseline, progressive and arithmetic, 8 bits; the
///   bytes are those of libjpeg with its default (accurate) transform, as Pillow gives them. EXIF
///   orientation is honoured, colour profiles are not.
/// - PNG: every colour type, depth (16 bits: the high byte) and interlacing; laid over white where it is
///   transparent, as most programs show it; `eXIf` orientation is honoured, gamma and colour profiles are
///   not.
public struct ImageDecoder: ~Copyable {
  /// Images with more pixels are refused before memory is taken for them.
  public var pixelLimit = 100_000_000

  /// When set, JPEGs are decoded at the smallest of the scales 1/8, 1/4, 1/2 that leaves the short edge
  /// at least this long: faster, but not the bytes of a full decode.
  ///
  /// Twice the side of the crop is a good value: crops of 64 pixels from Caltech-101's photos then differ
  /// from those of a full decode by 0.3 of 255 on average, and by 3.4 when it is the side itself.
  public var fastDecodeShortEdge: Int?

  private var jpeg = JPEGDecoder()
  private var sideways = Image(width: 1, height: 1)
  private var whole = Image(width: 1, height: 1)

  /// A decoder that accepts up to 100 megapixels, shows white through what is transparent and decodes in full.
  public init() {}

  /// Decodes a whole file.
  ///
  /// - Throws: when the file is not a complete JPEG or PNG within the limits.
  public mutating func decode(_ file: [UInt8]) throws(ImageError) -> DecodedImage {
    var image = Image(width: 1, height: 1)
    let warnings = try decode(RawSpan(_elements: file.span), into: &image)
    return DecodedImage(image: image, warnings: warnings)
  }

  /// Decodes a whole file into an image whose memory is used again; for frames of a stream.
  ///
  /// - Returns: the file's warnings, see ``DecodedImage/warnings``.
  /// - Throws: when the file is not a complete JPEG or PNG within the limits; `image` then has
  ///   unspecified pixels.
  public mutating func decode(
    _ bytes: RawSpan, into image: inout Image
  ) throws(ImageError) -> [String] {
    guard bytes.byteCount > 0 else { throw .empty }
    let orientation: Orientation
    var warnings: [String] = []
    switch ImageKind(bytes) {
    case nil: throw .unrecognised
    case .other(let name): throw .unsupportedKind(name)
    case .jpeg:
      orientation = Orientation(jpeg: bytes)
      warnings = try jpeg.decode(
        bytes, pixelLimit: pixelLimit, shortEdge: fastDecodeShortEdge, into: &image)
    case .png:
      orientation = try decodePNG(bytes, pixelLimit: pixelLimit, into: &image)
    }
    if orientation != .upright {
      swap(&image, &sideways)
      orientation.apply(sideways, to: &image)
    }
    return warnings
  }

  /// What was odd about the JPEG last decoded, or given up.
  package var jpegFindings: JPEGFindings { jpeg.findings }

  /// Decodes bytes that are a JPEG whatever follows its start; for frames of a stream.
  ///
  /// What is odd about it is in ``jpegFindings``, also when it throws.
  ///
  /// - Throws: when it is not complete or not within the limits; `image` then has unspecified pixels.
  package mutating func decode(jpeg bytes: RawSpan, into image: inout Image) throws(ImageError) {
    guard bytes.byteCount > 0 else { throw .empty }
    _ = try jpeg.decode(
      bytes, pixelLimit: pixelLimit, shortEdge: fastDecodeShortEdge, checksCodes: true, into: &image
    )
    let orientation = Orientation(jpeg: bytes)
    guard orientation != .upright else { return }
    swap(&image, &sideways)
    orientation.apply(sideways, to: &image)
  }

  /// The crop of a whole file: what decoding it and cropping the image give, to the byte.
  ///
  /// An upright JPEG is never in memory as a whole.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - cropper: makes the crop.
  ///   - result: becomes `[size, size, 3]`; its memory is used again.
  /// - Returns: the file's warnings, see ``DecodedImage/warnings``.
  /// - Throws: when the file is not a complete JPEG or PNG within the limits.
  public mutating func crop(
    _ bytes: RawSpan, with cropper: inout Cropper, into result: inout Image
  ) throws(ImageError) -> [String] {
    if bytes.byteCount > 0, ImageKind(bytes) == .jpeg, Orientation(jpeg: bytes) == .upright {
      return try jpeg.crop(
        bytes, pixelLimit: pixelLimit, shortEdge: fastDecodeShortEdge, with: &cropper,
        into: &result)
    }
    var image = Image(width: 1, height: 1)
    swap(&image, &whole)
    defer { swap(&image, &whole) }
    let warnings = try decode(bytes, into: &image)
    cropper.crop(image, into: &result)
    return warnings
  }
}
