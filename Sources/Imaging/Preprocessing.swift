/// How an image becomes the input of an image tower: a part of it if not the whole, resized, centre cropped, normalised; as
/// torchvision's `Resize(edge, BICUBIC)`, `CenterCrop(size)`, `ToTensor`, `Normalize` on Pillow images do it.
public struct Preprocessing: Sendable, Equatable {
  /// What an image is resized to before the crop.
  public enum Resize: Sendable, Equatable {
    /// Its shorter edge becomes so long; the longer one keeps the proportions.
    case shortEdge(Int)
    /// Both edges become so long, whatever its proportions.
    case square(Int)

    /// The length of the shorter edge afterwards.
    public var edge: Int {
      switch self {
      case .shortEdge(let edge), .square(let edge): edge
      }
    }
  }

  /// The side of the square crop in pixels.
  public var size: Int
  /// Per channel, of values in 0...1.
  public var mean: [Float]
  /// Per channel, of values in 0...1.
  public var std: [Float]
  /// What comes before the crop.
  public var resize: Resize
  /// The part of an image that is looked at, as if it were the image; nil for the whole.
  public var region: ImageRegion?

  /// OpenAI's values unless others are given.
  ///
  /// - Precondition: the size is positive and not above the resized edge, mean and std have three values, no std is zero.
  public init(
    size: Int, mean: [Float] = [0.48145466, 0.4578275, 0.40821073],
    std: [Float] = [0.26862954, 0.26130258, 0.27577711], resize: Resize? = nil
  ) {
    precondition(size > 0 && mean.count == 3 && std.count == 3 && !std.contains(0))
    self.resize = resize ?? .shortEdge(size)
    precondition(self.resize.edge >= size, "a crop of more than there is")
    self.size = size
    self.mean = mean
    self.std = std
  }

  /// The least short edge of a whole image whose part need not be enlarged.
  public var wholeShortEdge: Int {
    guard let region else { return resize.edge }
    return Int((Double(resize.edge) / min(region.width, region.height)).rounded(.up))
  }

  /// The pixels that are looked at, of an image of `width` x `height`.
  func box(width: Int, height: Int) -> PixelBox {
    region?.box(width: width, height: height)
      ?? PixelBox(top: 0, left: 0, height: height, width: width)
  }

  /// The part of an image that is looked at, every pixel as it is.
  public func part(of image: Image) -> Image {
    region.map(image.part) ?? image
  }

  /// The crop of one image, `[size, size, 3]`.
  ///
  /// A ``Cropper`` does the same for many without taking memory each time.
  public func crop(_ image: Image) -> Image {
    var cropper = Cropper(self)
    var result = Image(width: size, height: size)
    cropper.crop(image, into: &result)
    return result
  }

  /// Normalised values `[3, height, width]` of an image: `(byte / 255 - mean) / std` in float32.
  public func normalized(_ image: Image) -> [Float] {
    let plane = image.width * image.height
    var result = [Float](repeating: 0, count: plane * 3)
    let pixels = image.pixels.span
    for channel in 0..<3 {
      let table = (0..<256).map { (Float($0) / 255 - mean[channel]) / std[channel] }
      for index in 0..<plane {
        result[channel * plane + index] = table[Int(pixels[index * 3 + channel])]
      }
    }
    return result
  }
}

/// Makes the crops of a ``Preprocessing``, keeping its memory between images: one for each thread.
///
/// Once it has seen an image of a size, the next of that size takes no memory.
public struct Cropper: ~Copyable, RowTaker {
  /// What the crops are for.
  public var preprocessing: Preprocessing
  private var resampler: Resampler

  /// A cropper on the given code path; all paths give the same bytes.
  ///
  /// - Precondition: the path is available.
  public init(_ preprocessing: Preprocessing, path: PixelPath = .best) {
    self.preprocessing = preprocessing
    resampler = Resampler(path: path)
  }

  /// Resizes, then takes the centre.
  ///
  /// `result` becomes `[size, size, 3]`; its memory is used again.
  public mutating func crop(_ image: borrowing Image, into result: inout Image) {
    crop(
      image.pixels.span, stride: image.width * 3, width: image.width, height: image.height,
      into: &result)
  }

  /// The same of pixels where they lie.
  ///
  /// - Parameters:
  ///   - pixels: RGB, `[height, width, 3]`, rows from the top.
  ///   - stride: bytes from one row to the next, at least `width · 3`.
  ///   - width: pixels in a row, at least 1.
  ///   - height: rows, at least 1.
  ///   - result: becomes `[size, size, 3]`; its memory is used again.
  /// - Precondition: there are so many bytes; the last row needs no padding.
  public mutating func crop(
    _ pixels: Span<UInt8>, stride: Int, width: Int, height: Int, into result: inout Image
  ) {
    precondition(width > 0 && height > 0 && stride >= width * 3, "an image has pixels")
    precondition(pixels.count >= (height - 1) * stride + width * 3, "rows lack pixels")
    _ = begin(width: width, height: height, orientation: .upright)
    resampler.add(pixels, stride: stride, rows: 0..<height, firstColumn: 0)
    resampler.finish(into: &result)
  }

  /// Begins the same with an image whose rows come in parts, as its file holds them.
  mutating func begin(width: Int, height: Int, orientation: Orientation) -> Range<Int> {
    let size = preprocessing.size
    let sides = orientation.sides(width: width, height: height)
    let box = preprocessing.box(width: sides.width, height: sides.height)
    let short = min(box.width, box.height)
    let newHeight: Int
    let newWidth: Int
    switch preprocessing.resize {
    case .shortEdge(let edge):
      // The long edge is rounded down, as torchvision does.
      newHeight = edge * box.height / short
      newWidth = edge * box.width / short
    case .square(let edge):
      newHeight = edge
      newWidth = edge
    }
    let window = PixelBox(
      top: Self.margin(newHeight - size), left: Self.margin(newWidth - size), height: size,
      width: size)
    resampler.begin(
      Resampler.Source(width: width, height: height, orientation: orientation),
      box: box, height: newHeight, width: newWidth, window: window)
    return resampler.neededColumns
  }

  /// Takes some rows; see ``Resampler``.
  mutating func add(_ pixels: Span<UInt8>, stride: Int, rows: Range<Int>, firstColumn: Int) {
    resampler.add(pixels, stride: stride, rows: rows, firstColumn: firstColumn)
  }

  /// Makes the crop of the rows taken, all that the image has.
  mutating func finish(into result: inout Image) { resampler.finish(into: &result) }

  /// Resizes a box of the image to `size` x `size`, as torchvision's `resized_crop`; for training.
  ///
  /// `flipped` exchanges left and right afterwards. `result` becomes `[size, size, 3]`; its memory is used
  /// again.
  ///
  /// - Precondition: the box has pixels and lies inside the image.
  public mutating func crop(
    _ image: borrowing Image, box: PixelBox, flipped: Bool = false, into result: inout Image
  ) {
    let size = preprocessing.size
    let window = PixelBox(top: 0, left: 0, height: size, width: size)
    resampler.resample(image, box: box, height: size, width: size, window: window, into: &result)
    if flipped { result.flipHorizontally() }
  }

  /// Half of what is cut off, rounded as Python's `round` does: halves to the even side.
  private static func margin(_ excess: Int) -> Int {
    let half = excess / 2
    return excess.isMultiple(of: 2) || half.isMultiple(of: 2) ? half : half + 1
  }
}
