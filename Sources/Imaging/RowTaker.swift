/// Who takes the rows of an image as they are decoded, so that the whole need not be in memory.
protocol RowTaker: ~Copyable {
  /// Begins with an image.
  ///
  /// - Parameters:
  ///   - width: columns of the file.
  ///   - height: rows of the file.
  ///   - orientation: how its rows become the image.
  /// - Returns: the columns that the rows must have.
  mutating func begin(width: Int, height: Int, orientation: Orientation) -> Range<Int>

  /// Takes rows, in order; all rows of the file are given.
  ///
  /// - Parameters:
  ///   - pixels: the rows, RGB, with something behind them: some kernels leave a last row to slower ones where there is
  ///     nothing.
  ///   - stride: bytes from one row to the next.
  ///   - rows: which rows of the file they are.
  ///   - firstColumn: which column they begin with, not past those that `begin` asked for.
  mutating func add(_ pixels: Span<UInt8>, stride: Int, rows: Range<Int>, firstColumn: Int)
}

/// Takes the whole image.
struct WholeImage: RowTaker {
  /// The image, the right way up.
  var image = Image(width: 1, height: 1)
  private var sides = (width: 1, height: 1)
  private var orientation = Orientation.upright

  mutating func begin(width: Int, height: Int, orientation: Orientation) -> Range<Int> {
    sides = (width, height)
    self.orientation = orientation
    let (columns, rows) = orientation.sides(width: width, height: height)
    image.reshape(width: columns, height: rows)
    return 0..<width
  }

  mutating func add(_ pixels: Span<UInt8>, stride: Int, rows: Range<Int>, firstColumn: Int) {
    orientation.place(pixels, rows: rows, width: sides.width, height: sides.height, in: &image)
  }
}

/// Takes nothing: whoever wants to know whether a file can be decoded.
struct NoRows: RowTaker {
  mutating func begin(width: Int, height: Int, orientation: Orientation) -> Range<Int> { 0..<1 }

  mutating func add(_ pixels: Span<UInt8>, stride: Int, rows: Range<Int>, firstColumn: Int) {}
}
