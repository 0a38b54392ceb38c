import CImaging

/// The code that resamples and converts pixels; all paths give the same bytes.
public enum PixelPath: String, CaseIterable, Sendable {
  case scalar, avx2, neon

  /// Whether this processor can run it.
  public var isAvailable: Bool { unsafe table != nil }

  /// The fastest that this processor can run.
  public static var best: PixelPath { allCases.last { $0.isAvailable } ?? .scalar }

  /// Its name in C.
  var code: ci_path {
    switch self {
    case .scalar: .scalar
    case .avx2: .avx2
    case .neon: .neon
    }
  }

  fileprivate var table: UnsafePointer<ci_resampler>? { unsafe ci_resampler_for(code) }
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
/// Keeps weights and scratch memory between images: one for each thread.
public struct Resampler: ~Copyable {
  private let path: PixelPath
  private var columns = ResampleWeights()
  private var rows = ResampleWeights()
  /// Between the passes: `[rows needed, narrowStride]`, 8-bit as in Pillow.
  private var narrow: [UInt8] = []

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
    precondition(window.fits(height: height, width: width), "the window leaves the result")
    columns.prepare(
      inputs: box.width, outputs: width, window: window.left..<window.left + window.width)
    rows.prepare(
      inputs: box.height, outputs: height, window: window.top..<window.top + window.height)
    result.reshape(width: window.width, height: window.height)
    // One byte to spare in each row, which the horizontal kernels ask for.
    let narrowStride = (window.width * 3 + 1 + 63) / 64 * 64
    let needed = narrowStride * rows.inputs.count
    if narrow.count < needed { narrow = [UInt8](repeating: 0, count: needed) }

    let stride = image.width * 3
    let start =
      (box.top + rows.inputs.lowerBound) * stride + (box.left + columns.inputs.lowerBound) * 3
    let source = image.pixels.span.extracting(start...)
    let neededRows = Int32(rows.inputs.count)
    let (table, columns, rows) = unsafe (path.table, columns, rows)
    var narrowSpan = narrow.mutableSpan
    result.withMutablePixels { result in
      unsafe source.withUnsafeBufferPointer { source in
        unsafe narrowSpan.withUnsafeMutableBufferPointer { narrow in
          unsafe result.withUnsafeMutableBufferPointer { result in
            // The path is available and no buffer is empty, so none of these is nil.
            guard let kernels = unsafe table?.pointee, let from = source.baseAddress,
              let between = narrow.baseAddress, let to = result.baseAddress
            else { return }
            unsafe columns.withTaps {
              unsafe kernels.horizontal(
                from, stride, source.count, neededRows, $0, between, narrowStride)
            }
            let rowBytes = window.width * 3
            unsafe rows.withTaps {
              unsafe kernels.vertical(
                between, narrowStride, Int32(rowBytes), $0, to, rowBytes)
            }
          }
        }
      }
    }
  }
}
