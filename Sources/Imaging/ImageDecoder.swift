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
/// An image is never held in its file's orientation, and for a crop not at all: rows are resized as they come. What a crop takes
/// beside the file does not grow with the image's height, but for progressive JPEGs, of which all coefficients have to be
/// kept: 3 bytes a pixel at 4:2:0, 6 at 4:4:4.
///
/// - JPEG: every subsampling, grey, CMYK and YCCK, baseline, progressive and arithmetic, 8 bits; the
///   bytes are those of libjpeg with its default (accurate) transform, as Pillow gives them. the
///   orientation that EXIF or XMP state is honoured, colour profiles are not.
/// - PNG: every colour type, depth (16 bits: the high byte) and interlacing; laid over white where it is
///   transparent, as most programs show it; the orientation in EXIF or XMP is honoured, gamma and colour
///   profiles are not.
public struct ImageDecoder: ~Copyable {
  /// Images with more pixels are refused before memory is taken for them.
  ///
  /// More than the 200 megapixels of the largest phone cameras.
  public var pixelLimit: Int {
    get { reader.pixelLimit }
    set { reader.pixelLimit = newValue }
  }

  /// The limit unless another is set.
  public static let usualPixelLimit = 256_000_000

  /// When set, JPEGs are decoded at the smallest of the scales 1/8, 1/4, 1/2 that leaves the short edge
  /// at least this long: faster, but not the bytes of a full decode.
  ///
  /// Twice the side of the crop is a good value: crops of 64 pixels from Caltech-101's photos then differ
  /// from those of a full decode by 0.3 of 255 on average, and by 3.4 when it is the side itself.
  public var fastDecodeShortEdge: Int? {
    get { reader.shortEdge }
    set { reader.shortEdge = newValue }
  }

  private var reader = FileReader()
  private var whole = WholeImage()

  /// A decoder that accepts up to 256 megapixels, shows white through what is transparent and decodes in full.
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
    swap(&image, &whole.image)
    defer { swap(&image, &whole.image) }
    return try reader.read(bytes, into: &whole)
  }

  /// What was odd about the JPEG last decoded, or given up.
  package var jpegFindings: JPEGFindings { reader.jpegFindings }

  /// Decodes bytes that are a JPEG whatever follows its start; for frames of a stream.
  ///
  /// What is odd about it is in ``jpegFindings``, also when it throws.
  ///
  /// - Throws: when it is not complete or not within the limits; `image` then has unspecified pixels.
  package mutating func decode(jpeg bytes: RawSpan, into image: inout Image) throws(ImageError) {
    swap(&image, &whole.image)
    defer { swap(&image, &whole.image) }
    try reader.read(jpeg: bytes, into: &whole)
  }

  /// The crop of a whole file: what decoding it and cropping the image give, to the byte.
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
    let warnings = try reader.read(bytes, into: &cropper)
    cropper.finish(into: &result)
    return warnings
  }

  /// What training keeps of a file: the crop of the whole, and the whole, reduced to a short edge if its own is longer.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - preprocessing: of the crop.
  ///   - shortEdge: the longest short edge to keep.
  /// - Returns: both, to the byte what decoding, cropping and resizing give.
  /// - Throws: when the file is not a complete JPEG or PNG within the limits.
  public mutating func reduce(
    _ bytes: RawSpan, _ preprocessing: Preprocessing, shortEdge: Int
  ) throws(ImageError) -> (whole: Image, crop: Image) {
    var reduction = PhotoReduction(preprocessing, shortEdge: shortEdge)
    _ = try reader.read(bytes, into: &reduction)
    return reduction.finish()
  }

  /// Finds out whether a file can be decoded.
  ///
  /// - Throws: when it is not a complete JPEG or PNG within the limits.
  public mutating func check(_ bytes: RawSpan) throws(ImageError) {
    var nobody = NoRows()
    _ = try reader.read(bytes, into: &nobody)
  }
}
