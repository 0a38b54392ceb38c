import CImaging

/// The code that resamples and converts pixels, by its instruction set; all paths give the same bytes.
@safe
public struct PixelPath: CaseIterable, Equatable, @unchecked Sendable, CustomStringConvertible {
  // Sendable: points to a constant table.
  /// The name of the instruction set.
  public let description: String
  let table: UnsafePointer<ci_kernels>?

  private init(_ name: String) {
    description = name
    unsafe table = unsafe ci_kernels_named(name)
  }

  /// All that there are, for this processor or another, plain C first.
  public static let allCases: [PixelPath] = {
    var paths: [PixelPath] = []
    while let name = unsafe ci_instruction_set(paths.count) {
      paths.append(unsafe PixelPath(String(cString: name)))
    }
    return paths.reversed()
  }()

  /// Plain C, the reference; runs anywhere.
  public static let scalar = PixelPath("scalar")

  /// The fastest that this processor can run.
  public static let best = unsafe PixelPath(String(cString: ci_kernels_best().pointee.name))

  /// Whether this processor can run it.
  public var isAvailable: Bool { unsafe table != nil }

  /// Paths are what they are named.
  public static func == (a: PixelPath, b: PixelPath) -> Bool { a.description == b.description }
}

/// A rectangle of pixels.
public struct PixelBox: Sendable, Equatable {
  /// The first row and column.
  public var top, left: Int
  /// Rows and columns.
  public var height, width: Int

  /// A rectangle whose first pixel is at `top`, `left`.
  public init(top: Int, left: Int, height: Int, width: Int) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
  }

  /// Whether it has pixels, all of them inside `height` x `width`.
  public func fits(height: Int, width: Int) -> Bool {
    self.height > 0 && self.width > 0 && top >= 0 && left >= 0
      && self.height <= height - top && self.width <= width - left
  }
}

/// Pillow's `crop(box).resize(size, BICUBIC).crop(window)` to the byte, without the pixels that the window
/// leaves out.
///
/// The rows of the image may come in parts: ``begin(box:height:width:window:)``, ``add(_:stride:rows:firstColumn:)`` for each
/// part, ``finish(into:)``. Keeps weights and scratch memory between images: one for each thread.
public struct Resampler: ~Copyable {
  private let path: PixelPath
  private var columns = ResampleWeights()
  private var rows = ResampleWeights()
  private var box = PixelBox(top: 0, left: 0, height: 1, width: 1)
  private var window = PixelBox(top: 0, left: 0, height: 1, width: 1)
  /// Between the passes: `[rows needed, narrowStride]`, 8-bit as in Pillow.
  private var narrow: [UInt8] = []
  /// One byte to spare in each row, which the horizontal kernels ask for.
  private var narrowStride: Int { (window.width * 3 + 1 + 63) / 64 * 64 }

  /// A resampler on the given code path.
  ///
  /// - Precondition: the path is available.
  public init(path: PixelPath = .best) {
    precondition(path.isAvailable, "\(path) does not run on this processor")
    self.path = path
  }

  /// Resizes the `box` of `image` to `height` x `width` and keeps the `window` of the result.
  ///
  /// `result` becomes `[window.height, window.width, 3]`; its memory is used again.
  ///
  /// - Precondition: the box lies inside the image, the window inside `height` x `width`.
  public mutating func resample(
    _ image: borrowing Image, box: PixelBox, height: Int, width: Int, window: PixelBox,
    into result: inout Image
  ) {
    precondition(box.fits(height: image.height, width: image.width), "the box leaves the image")
    begin(box: box, height: height, width: width, window: window)
    add(image.pixels.span, stride: image.width * 3, rows: 0..<image.height, firstColumn: 0)
    finish(into: &result)
  }

  /// Begins to resize the `box` of an image to `height` x `width`, of which the `window` is kept.
  ///
  /// - Precondition: the box has pixels, the window lies inside `height` x `width`.
  mutating func begin(box: PixelBox, height: Int, width: Int, window: PixelBox) {
    precondition(window.fits(height: height, width: width), "the window leaves the result")
    self.box = box
    self.window = window
    columns.prepare(
      inputs: box.width, outputs: width, window: window.left..<window.left + window.width)
    rows.prepare(
      inputs: box.height, outputs: height, window: window.top..<window.top + window.height)
    let needed = narrowStride * rows.inputs.count
    if narrow.count < needed { narrow = [UInt8](repeating: 0, count: needed) }
  }

  /// The columns of the image that count.
  var neededColumns: Range<Int> {
    box.left + columns.inputs.lowerBound..<box.left + columns.inputs.upperBound
  }

  /// Takes rows of the image, in any order; those that do not count are passed over.
  ///
  /// - Parameters:
  ///   - pixels: the rows, RGB, with anything behind them: some kernels leave a last row to slower ones
  ///     when there is nothing.
  ///   - stride: bytes from one row to the next.
  ///   - rows: which rows of the image they are.
  ///   - firstColumn: which column of the image they begin with, not past ``neededColumns``.
  mutating func add(_ pixels: Span<UInt8>, stride: Int, rows: Range<Int>, firstColumn: Int) {
    let first = box.top + self.rows.inputs.lowerBound
    let needed = rows.clamped(to: first..<box.top + self.rows.inputs.upperBound)
    guard !needed.isEmpty else { return }
    let offset =
      (needed.lowerBound - rows.lowerBound) * stride + (neededColumns.lowerBound - firstColumn) * 3
    let source = pixels.extracting(offset...)
    precondition(
      source.count >= (needed.count - 1) * stride + columns.inputs.count * 3, "rows lack pixels")
    let (table, columns, narrowStride) = unsafe (path.table, columns, narrowStride)
    let place = (needed.lowerBound - first) * narrowStride
    var target = narrow.mutableSpan
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        // The path is available and no buffer is empty, so none of these is nil.
        guard let kernels = unsafe table?.pointee, let from = source.baseAddress,
          let to = target.baseAddress
        else { return }
        unsafe columns.withTaps {
          unsafe kernels.horizontal(
            from, stride, source.count, Int32(needed.count), $0, to + place, narrowStride)
        }
      }
    }
  }

  /// Makes the result of the rows that were added: all that count.
  ///
  /// `result` becomes `[window.height, window.width, 3]`; its memory is used again.
  mutating func finish(into result: inout Image) {
    result.reshape(width: window.width, height: window.height)
    let rowBytes = window.width * 3
    let (table, rows, narrowStride) = unsafe (path.table, rows, narrowStride)
    let narrow = narrow.span
    result.withMutablePixels { result in
      unsafe narrow.withUnsafeBufferPointer { narrow in
        unsafe result.withUnsafeMutableBufferPointer { result in
          guard let kernels = unsafe table?.pointee, let from = narrow.baseAddress,
            let to = result.baseAddress
          else { return }
          unsafe rows.withTaps {
            unsafe kernels.vertical(from, narrowStride, Int32(rowBytes), $0, to, rowBytes)
          }
        }
      }
    }
  }
}
