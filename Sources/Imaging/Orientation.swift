/// How a camera was held: what must be done to its image before it is looked at.
///
/// Raw values are those of the Orientation tag, 0x0112 of EXIF 2.3 (JEITA CP-3451C, 4.6.4).
enum Orientation: Int, CaseIterable {
  case upright = 1
  case mirrored, turned180, flipped, transposed, turned90, transversed, turned270

  /// Whether width and height change places: rows of the file become columns of the image.
  var swapsSides: Bool { rawValue >= 5 }

  /// Whether the first column of the file becomes the last column (or row) of the image.
  var reversesColumns: Bool {
    switch self {
    case .mirrored, .turned180, .transversed, .turned270: true
    case .upright, .flipped, .transposed, .turned90: false
    }
  }

  /// Whether the first row of the file becomes the last row (or column) of the image.
  var reversesRows: Bool {
    switch self {
    case .turned180, .flipped, .turned90, .transversed: true
    case .upright, .mirrored, .transposed, .turned270: false
    }
  }

  /// Width and height of the image that a file of these sides holds.
  func sides(width: Int, height: Int) -> (width: Int, height: Int) {
    swapsSides ? (height, width) : (width, height)
  }

  /// Where a box of the image lies in the file, whose sides are given.
  func stored(_ box: PixelBox, width: Int, height: Int) -> PixelBox {
    var stored =
      swapsSides
      ? PixelBox(top: box.left, left: box.top, height: box.width, width: box.height) : box
    if reversesColumns { stored.left = width - stored.left - stored.width }
    if reversesRows { stored.top = height - stored.top - stored.height }
    return stored
  }

  /// Copies rows of a file to where they belong in its image.
  ///
  /// - Parameters:
  ///   - pixels: the rows, `[rows, width, 3]`.
  ///   - rows: which rows of the file they are.
  ///   - width: columns of the file.
  ///   - height: rows of the file.
  ///   - image: the whole image, of the sides that it has the right way up.
  func place(
    _ pixels: Span<UInt8>, rows: Range<Int>, width: Int, height: Int, in image: inout Image
  ) {
    guard self != .upright else {
      return Self.copy(pixels, rows: rows, width: width, to: &image)
    }
    let columns = image.width
    // How far apart two neighbours of a row and of a column land, and where the first pixel goes.
    let (right, down) = swapsSides ? (columns, 1) : (1, columns)
    let origin =
      (reversesColumns ? (width - 1) * right : 0) + (reversesRows ? (height - 1) * down : 0)
    let step = (reversesColumns ? -right : right) * 3
    image.withMutablePixels { target in
      for row in rows {
        var read = (row - rows.lowerBound) * width * 3
        var write = (origin + (reversesRows ? -down : down) * row) * 3
        for _ in 0..<width {
          target[write] = pixels[read]
          target[write + 1] = pixels[read + 1]
          target[write + 2] = pixels[read + 2]
          read += 3
          write += step
        }
      }
    }
  }

  private static func copy(
    _ pixels: Span<UInt8>, rows: Range<Int>, width: Int, to image: inout Image
  ) {
    let (start, count) = (rows.lowerBound * width * 3, rows.count * width * 3)
    image.withMutablePixels { target in
      precondition(start + count <= target.count && count <= pixels.count, "rows leave the image")
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe pixels.withUnsafeBufferPointer { pixels in
          guard let to = target.baseAddress, let from = pixels.baseAddress else { return }
          unsafe (to + start).update(from: from, count: count)
        }
      }
    }
  }
}
