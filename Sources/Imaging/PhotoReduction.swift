/// What training keeps of a photo, made in one pass over its rows: the crop that the tower sees when nothing is augmented,
/// and the whole that is looked at, at a size that other crops are cut from.
struct PhotoReduction: ~Copyable, RowTaker {
  private var cropper: Cropper
  private var resampler = Resampler()
  private let shortEdge: Int

  /// Photos with a longer short edge are made as small as that.
  init(_ preprocessing: Preprocessing, shortEdge: Int) {
    cropper = Cropper(preprocessing)
    self.shortEdge = shortEdge
  }

  mutating func begin(width: Int, height: Int, orientation: Orientation) -> Range<Int> {
    _ = cropper.begin(width: width, height: height, orientation: orientation)
    let sides = orientation.sides(width: width, height: height)
    let box = cropper.preprocessing.box(width: sides.width, height: sides.height)
    // Where nothing is to be reduced, equal sides keep every pixel as it is.
    let short = min(box.width, box.height)
    let edge = min(shortEdge, short)
    let (newWidth, newHeight) = (edge * box.width / short, edge * box.height / short)
    resampler.begin(
      Resampler.Source(width: width, height: height, orientation: orientation),
      box: box, height: newHeight, width: newWidth,
      window: PixelBox(top: 0, left: 0, height: newHeight, width: newWidth))
    return 0..<width
  }

  mutating func add(_ pixels: Span<UInt8>, stride: Int, rows: Range<Int>, firstColumn: Int) {
    cropper.add(pixels, stride: stride, rows: rows, firstColumn: firstColumn)
    resampler.add(pixels, stride: stride, rows: rows, firstColumn: firstColumn)
  }

  /// Makes both of the rows taken, all that the photo has.
  mutating func finish() -> (whole: Image, crop: Image) {
    var whole = Image(width: 1, height: 1)
    var crop = Image(width: 1, height: 1)
    resampler.finish(into: &whole)
    cropper.finish(into: &crop)
    return (whole, crop)
  }
}
