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

  /// The pass along rows: `count` of them, `stride` apart, of which anything may lie behind the last one.
  fileprivate func shorten(
    _ source: Span<UInt8>, stride: Int, count: Int, by columns: ResampleWeights,
    into target: inout [UInt8], at place: Int, stride targetStride: Int
  ) {
    let table = unsafe table
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        // The path is available and no buffer is empty, so none of these is nil.
        guard let kernels = unsafe table?.pointee, let from = source.baseAddress,
          let to = target.baseAddress
        else { return }
        unsafe columns.withTaps {
          unsafe kernels.horizontal(
            from, stride, source.count, Int32(count), $0, to + place, targetStride)
        }
      }
    }
  }

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

  /// What of it is inside `height` x `width`; nil where nothing is.
  package func clamped(height: Int, width: Int) -> PixelBox? {
    let rows = (top..<top + self.height).clamped(to: 0..<height)
    let columns = (left..<left + self.width).clamped(to: 0..<width)
    guard !rows.isEmpty, !columns.isEmpty else { return nil }
    return PixelBox(
      top: rows.lowerBound, left: columns.lowerBound, height: rows.count, width: columns.count)
  }

  /// Whether it has pixels, all of them inside `height` x `width`.
  public func fits(height: Int, width: Int) -> Bool {
    self.height > 0 && self.width > 0 && top >= 0 && left >= 0
      && self.height <= height - top && self.width <= width - left
  }
}

/// Pillow's `crop(box).resize(size, BICUBIC).crop(window)` to the byte, without the pixels that the window
/// leaves out, and without turning the image first where its file holds it in another orientation.
///
/// The rows of the image may come in parts: ``begin(_:box:height:width:window:)``, ``add(_:stride:rows:firstColumn:)`` for each
/// part, ``finish(into:)``. Keeps weights and scratch memory between images: one for each thread.
public struct Resampler: ~Copyable {
  /// An image as its file holds it.
  struct Source {
    /// Columns of the file.
    var width: Int
    /// Rows of the file.
    var height: Int
    /// How they become the image.
    var orientation = Orientation.upright
  }

  private let path: PixelPath
  /// Weights along rows and along columns of the file.
  private var columns = ResampleWeights()
  private var rows = ResampleWeights()
  /// The part of the file that is resized.
  private var box = PixelBox(top: 0, left: 0, height: 1, width: 1)
  private var window = PixelBox(top: 0, left: 0, height: 1, width: 1)
  /// Whether rows of the file are columns of the image: then the pass along the file's columns is the first one.
  private var isTurned = false
  /// Between the passes, 8-bit as in Pillow: `[rows needed, narrowStride]`, or `[window.width, narrowStride]` when turned.
  private var narrow: [UInt8] = []
  private var narrowStride = 0
  /// When turned: rows that are still needed, and the outputs that wait for more.
  private var band = RowBand()
  private var waiting = 0..<0
  /// When turned: the result with rows and columns exchanged.
  private var turned: [UInt8] = []

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
    begin(
      Source(width: image.width, height: image.height), box: box, height: height, width: width,
      window: window)
    add(image.pixels.span, stride: image.width * 3, rows: 0..<image.height, firstColumn: 0)
    finish(into: &result)
  }

  /// Begins to resize the `box` of an image to `height` x `width`, of which the `window` is kept.
  ///
  /// - Precondition: the box has pixels and lies inside the image, the window inside `height` x `width`.
  mutating func begin(
    _ source: Source, box: PixelBox, height: Int, width: Int, window: PixelBox
  ) {
    precondition(window.fits(height: height, width: width), "the window leaves the result")
    let orientation = source.orientation
    self.box = orientation.stored(box, width: source.width, height: source.height)
    self.window = window
    isTurned = orientation.swapsSides
    let across = window.left..<window.left + window.width
    let down = window.top..<window.top + window.height
    columns.prepare(
      inputs: self.box.width, outputs: isTurned ? height : width,
      window: isTurned ? down : across, isReversed: orientation.reversesColumns)
    rows.prepare(
      inputs: self.box.height, outputs: isTurned ? width : height,
      window: isTurned ? across : down, isReversed: orientation.reversesRows)
    if isTurned {
      waiting = 0..<window.width
      band.begin(
        at: rows.inputs.lowerBound, rowBytes: columns.inputs.count * 3, capacity: rows.mostTaps)
      narrowStride = Self.padded(columns.inputs.count * 3)
    } else {
      narrowStride = Self.padded(window.width * 3)
    }
    let needed = narrowStride * (isTurned ? window.width + 1 : rows.inputs.count)
    if narrow.count < needed { narrow = [UInt8](repeating: 0, count: needed) }
  }

  /// One byte to spare in each row, which the horizontal kernels ask for.
  private static func padded(_ bytes: Int) -> Int { (bytes + 1 + 63) / 64 * 64 }

  /// The columns of the file that count.
  var neededColumns: Range<Int> {
    box.left + columns.inputs.lowerBound..<box.left + columns.inputs.upperBound
  }

  /// Takes rows of the file; those that do not count are passed over.
  ///
  /// Of a turned image they must come in order.
  ///
  /// - Parameters:
  ///   - pixels: the rows, RGB, with anything behind them: some kernels leave a last row to slower ones
  ///     when there is nothing.
  ///   - stride: bytes from one row to the next.
  ///   - rows: which rows of the file they are.
  ///   - firstColumn: which column of the file they begin with, not past ``neededColumns``.
  mutating func add(_ pixels: Span<UInt8>, stride: Int, rows: Range<Int>, firstColumn: Int) {
    let first = box.top + self.rows.inputs.lowerBound
    let needed = rows.clamped(to: first..<box.top + self.rows.inputs.upperBound)
    guard !needed.isEmpty else { return }
    let offset =
      (needed.lowerBound - rows.lowerBound) * stride + (neededColumns.lowerBound - firstColumn) * 3
    let source = pixels.extracting(offset...)
    let rowBytes = columns.inputs.count * 3
    precondition(source.count >= (needed.count - 1) * stride + rowBytes, "rows lack pixels")
    if isTurned {
      for row in 0..<needed.count {
        let start = row * stride
        combine(source.extracting(start..<start + rowBytes))
      }
    } else {
      let (path, columns, narrowStride) = (path, columns, narrowStride)
      path.shorten(
        source, stride: stride, count: needed.count, by: columns, into: &narrow,
        at: (needed.lowerBound - first) * narrowStride, stride: narrowStride)
    }
  }

  /// Makes the result of the rows that were added: all that count.
  ///
  /// `result` becomes `[window.height, window.width, 3]`; its memory is used again.
  mutating func finish(into result: inout Image) {
    result.reshape(width: window.width, height: window.height)
    if isTurned { return finishTurned(into: &result) }
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

  // MARK: Turned images

  /// The output whose rows are complete next: they come from the other end when they are reversed.
  private var nextWaiting: Int {
    rows.isReversed ? waiting.upperBound - 1 : waiting.lowerBound
  }

  /// Takes one row, and makes what becomes of it and those before.
  private mutating func combine(_ row: Span<UInt8>) {
    guard !waiting.isEmpty else { return }
    band.add(row, keepingFrom: rows.inputs(of: nextWaiting).lowerBound)
    while !waiting.isEmpty {
      let output = nextWaiting
      let needed = rows.inputs(of: output)
      guard needed.upperBound <= band.rows.upperBound else { return }
      let (table, rows, band, stride) = unsafe (path.table, rows, band, narrowStride)
      let bytes = row.count
      var target = narrow.mutableSpan
      unsafe band.withRows(from: needed.lowerBound) { from in
        unsafe target.withUnsafeMutableBufferPointer { target in
          guard let kernels = unsafe table?.pointee, let to = target.baseAddress else { return }
          unsafe rows.withTaps(of: output) {
            unsafe kernels.vertical(from, bytes, Int32(bytes), $0, to + output * stride, stride)
          }
        }
      }
      waiting =
        rows.isReversed
        ? waiting.lowerBound..<output : output + 1..<waiting.upperBound
    }
  }

  /// The pass along rows, then rows and columns change places.
  private mutating func finishTurned(into result: inout Image) {
    let stride = Self.padded(window.height * 3)
    if turned.count < window.width * stride {
      turned = [UInt8](repeating: 0, count: window.width * stride)
    }
    let (path, columns, narrow, narrowStride) = (path, columns, narrow, narrowStride)
    let (width, height) = (window.width, window.height)
    path.shorten(
      narrow.span, stride: narrowStride, count: width, by: columns, into: &turned, at: 0,
      stride: stride)
    let source = turned.span
    result.withMutablePixels { result in
      for row in 0..<height {
        for column in 0..<width {
          for channel in 0..<3 {
            result[(row * width + column) * 3 + channel] =
              source[column * stride + row * 3 + channel]
          }
        }
      }
    }
  }
}
